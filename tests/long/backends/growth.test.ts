import { beforeAll, expect, it } from 'vitest';
import {
  DeactivateUserDocument,
  LogoutDocument,
  RevokeOtherSessionsDocument,
  RevokeUserSessionsDocument,
  UnlockUserDocument,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { login, registerAndVerify, signIn } from '../../support/accounts.js';
import { entered, member, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { changePassword, resetBy, resetToken } from '../../support/recovery.js';

/** More than the maximum of parameters in a statement (65,535). */
const MANY = 66_000;
const MAX_DEVICES = 20;
const WRONG = 'a quite Wrong phrase 12';

describeOnPostgres('an account with more rows than the maximum of parameters in a statement', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
  });

  /** A user with that many devices and sessions, as a gateway without caps could have left them. */
  async function crowded(): Promise<SignedInUser> {
    const user = await member(gateway, admin);
    const sql = openDatabase(gateway);
    await sql`insert into known_devices (user_id, device_hash)
      select ${user.id}, sha256(n::text::bytea) from generate_series(1, ${MANY}::int) n`;
    await sql`insert into sessions (user_id, remembered, amr, expires_at)
      select ${user.id}, false, '{pwd}', now() + interval '1 day' from generate_series(1, ${MANY}::int)`;
    return user;
  }

  const operations: Record<string, (user: SignedInUser) => Promise<unknown>> = {
    unlockUser: async ({ id }) => expectData(await gateway.client.run(UnlockUserDocument, { id }, admin)),
    deactivateUser: async ({ id }) =>
      expectData(await gateway.client.run(DeactivateUserDocument, { id }, admin)),
    revokeUserSessions: async ({ id }) =>
      expectData(await gateway.client.run(RevokeUserSessionsDocument, { id }, admin)),
    'updateUser with a role': async ({ id }) =>
      expectData(await gateway.client.run(UpdateUserDocument, { id, input: { role: 'STAFF' } }, admin)),
    resetPassword: async ({ email }) => expectData(await resetBy(gateway, await resetToken(gateway, email))),
    changePassword: async ({ token, password }) => expectData(await changePassword(gateway, token, password)),
    revokeOtherSessions: async ({ token }) =>
      expectData(await gateway.client.run(RevokeOtherSessionsDocument, {}, { token })),
    'logout everywhere': async ({ token }) =>
      expectData(await gateway.client.run(LogoutDocument, { everywhere: true }, { token })),
    login: (user) => entered(gateway, user),
    'a list of sessions': async ({ token }) =>
      expectData(await gateway.client.runRaw('{ me { sessions { id } } }', {}, { token })),
  };

  for (const [name, run] of Object.entries(operations))
    it(`does not break ${name}`, async () => void (await run(await crowded())));
});

describeOnPostgres('a user who signs in from many new devices', ({ start }) => {
  it(`keeps the ${MAX_DEVICES} most recently used`, async () => {
    const gateway = await start();
    const account = await registerAndVerify(gateway);
    const devices: string[] = [];
    for (let device = 0; device < MAX_DEVICES + 5; device++) {
      const { cookies } = await login(gateway, account);
      devices.push(cookies.device?.value ?? '');
      // The first device signs in repeatedly.
      if (device > 0) await signIn(gateway, account, {}, { cookies: { device: devices[0] ?? '' } });
    }
    const [row] = await openDatabase(gateway)`select count(*)::int as count from known_devices`;
    expect(row?.count).toBe(MAX_DEVICES);

    // A known device has its own counter, so a lockout of the account does not affect it.
    for (let failure = 0; failure < 5; failure++)
      expectCode(await login(gateway, { ...account, password: WRONG }), 'INVALID_CREDENTIALS');
    const forgotten = devices.slice(1, -(MAX_DEVICES - 1));
    for (const device of forgotten) {
      expect(device).not.toBe('');
      expectCode(await login(gateway, account, {}, { cookies: { device } }), 'ACCOUNT_LOCKED');
    }
    for (const device of [devices[0] ?? '', ...devices.slice(-(MAX_DEVICES - 1))])
      await signIn(gateway, account, {}, { cookies: { device } });
  });
});
