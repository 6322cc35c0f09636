import { beforeAll, describe, expect, it } from 'vitest';
import {
  AuditLogDocument,
  DeactivateUserDocument,
  MeDocument,
  RegisterDocument,
  ResendVerificationEmailDocument,
  type Role,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { type Account, login, register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { command, member, redeem, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import { mailsTo, tokenIn } from '../../support/mailbox.js';
import {
  changeEmail,
  isVerification,
  NEW_PASSWORD,
  resetBy,
  resetToken,
  verifyBy,
} from '../../support/recovery.js';
import { Authenticator, challenge, enable, setUp } from '../../support/totp.js';
import { sleep } from '../../support/wait.js';

const UNVERIFIED_ALLOWED = { REQUIRE_VERIFIED_EMAIL: 'false' };

const registerAs = (gateway: Gateway, account: Account, role: Role, token: string) => {
  const { username, email, password } = account;
  const input = { username, email, password, confirmPassword: password, role };
  return gateway.client.run(RegisterDocument, { input }, { token });
};
const linkFor = async (gateway: Gateway, email: string) =>
  tokenIn(await gateway.mail.waitForMail(email, isVerification));
/** Audit events about a user, newest first. */
async function eventsOf(gateway: Gateway, { token }: SignedInUser, subjectId: string) {
  const variables = { filter: { subjectId }, first: 50 };
  const { auditEvents } = expectData(await gateway.client.run(AuditLogDocument, variables, { token }));
  return auditEvents.nodes.map(({ type, actor, details }) => ({ type, actor: actor?.username, details }));
}
async function plantFactor(gateway: Gateway, account: Account, token: string): Promise<void> {
  const { secretKey } = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
  expectData(await enable(gateway, token, await new Authenticator(secretKey, gateway).freshCode()));
}

describeOnPostgresFirst('a role assigned at registration', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
  });

  it('takes effect at verification, and the audit log names the admin who assigned it', async () => {
    const account = someone();
    expectData(await registerAs(gateway, account, 'STAFF', admin.token));
    expectData(await verifyBy(gateway, await linkFor(gateway, account.email)));
    const { user } = await signIn(gateway, account);
    expect(user.role).toBe('STAFF');
    const events = await eventsOf(gateway, admin, user.id);
    const granted = events.find(({ type }) => type === 'ROLE_CHANGED');
    expect(granted).toMatchObject({ actor: admin.username });
    expect(JSON.parse(granted?.details ?? '{}')).toEqual({ from: 'CUSTOMER', to: 'STAFF' });
    expect(JSON.parse(events.find(({ type }) => type === 'USER_REGISTERED')?.details ?? '{}')).toEqual({
      role: 'STAFF',
    });
  });

  for (const how of ['deactivated', 'demoted'] as const) {
    it(`is dropped if the admin who assigned it was ${how} before the verification`, async () => {
      const rogue = await member(gateway, admin, 'ADMIN');
      const [byLink, byReset] = [someone(), someone()];
      for (const account of [byLink, byReset])
        expectData(await registerAs(gateway, account, 'ADMIN', rogue.token));
      const link = await linkFor(gateway, byLink.email);
      const reset = await resetToken(gateway, byReset.email);
      const { token } = admin;
      if (how === 'deactivated') {
        expectData(await gateway.client.run(DeactivateUserDocument, { id: rogue.id }, { token }));
      } else {
        const input = { role: 'STAFF' as Role };
        expectData(await gateway.client.run(UpdateUserDocument, { id: rogue.id, input }, { token }));
      }
      expectData(await verifyBy(gateway, link));
      expectData(await resetBy(gateway, reset));
      const first = await signIn(gateway, byLink);
      expect(first.user.role).toBe('CUSTOMER');
      expect((await signIn(gateway, { ...byReset, password: NEW_PASSWORD })).user.role).toBe('CUSTOMER');
      const verified = (await eventsOf(gateway, admin, first.user.id)).find(
        ({ type }) => type === 'EMAIL_VERIFIED',
      );
      expect(JSON.parse(verified?.details ?? '{}')).toEqual({ roleRefused: 'ADMIN' });
    });
  }
});

describeOnPostgresFirst('an account with an unverified address', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start, UNVERIFIED_ALLOWED));
  });

  const unverified = async () => {
    const account = someone();
    expectData(await register(gateway, account));
    return { ...account, ...(await signIn(gateway, account)) };
  };

  it('gets a role assigned at registration only at verification, which ends its sessions', async () => {
    const account = someone();
    expectData(await registerAs(gateway, account, 'ADMIN', admin.token));
    const { accessToken: token, user } = await signIn(gateway, account);
    expect(user.role).toBe('CUSTOMER');
    expectData(await verifyBy(gateway, await linkFor(gateway, account.email)));
    expectCode(await gateway.client.run(MeDocument, {}, { token }), 'UNAUTHENTICATED');
    expect((await signIn(gateway, account)).user.role).toBe('ADMIN');
  });

  it('loses a role assigned at registration if staff or the user changes the address', async () => {
    const staff = await member(gateway, admin, 'STAFF');
    const [moved, own] = [someone(), someone()];
    for (const account of [moved, own]) expectData(await registerAs(gateway, account, 'ADMIN', admin.token));
    const { user } = await signIn(gateway, moved);
    const addresses = [someone().email, someone().email] as const;
    const change = { id: user.id, input: { email: addresses[0] } };
    expectData(await gateway.client.run(UpdateUserDocument, change, { token: staff.token }));
    const { accessToken } = await signIn(gateway, own);
    expectData(await changeEmail(gateway, accessToken, own, addresses[1]));
    for (const email of addresses) expectData(await verifyBy(gateway, await linkFor(gateway, email)));
    for (const account of [moved, own]) expect((await signIn(gateway, account)).user.role).toBe('CUSTOMER');
  });

  it('changes its address with the mailed link, and is verified then', async () => {
    const account = await unverified();
    const { email } = someone();
    expectData(await changeEmail(gateway, account.accessToken, account, email));
    expectData(await verifyBy(gateway, await linkFor(gateway, email)));
    const { user } = await signIn(gateway, account);
    expect(user).toMatchObject({ email, emailVerified: true });
  });

  it('is verified by an address that staff changed, by a reset, and by a new link after a change of role', async () => {
    const { token } = admin;
    const [moved, reset, raised] = [await unverified(), await unverified(), await unverified()];
    const { email } = someone();
    const change = (id: string, input: object) =>
      gateway.client.run(UpdateUserDocument, { id, input }, { token });
    expectData(await change(moved.user.id, { email }));
    expectData(await verifyBy(gateway, await linkFor(gateway, email)));
    expectData(await resetBy(gateway, await resetToken(gateway, reset.email)));
    expectData(await change(raised.user.id, { role: 'STAFF' }));
    // A change of role voids the link mailed before.
    const former = await linkFor(gateway, raised.email);
    expectCode(await verifyBy(gateway, former), 'TOKEN_INVALID');
    expectData(await gateway.client.run(ResendVerificationEmailDocument, { email: raised.email }));
    const renewed = await gateway.mail.waitForMail(
      raised.email,
      (mail) => isVerification(mail) && tokenIn(mail) !== former,
    );
    expectData(await verifyBy(gateway, tokenIn(renewed)));
    expect((await signIn(gateway, moved)).user).toMatchObject({ email, emailVerified: true });
    expect((await signIn(gateway, raised)).user).toMatchObject({ role: 'STAFF', emailVerified: true });
  });

  it('loses a second factor that was enabled before a reset verified the address', async () => {
    const planted = await unverified();
    await plantFactor(gateway, planted, planted.accessToken);
    expectData(await resetBy(gateway, await resetToken(gateway, planted.email)));
    await signIn(gateway, { ...planted, password: NEW_PASSWORD });
    expectCode(await gateway.client.run(MeDocument, {}, { token: planted.accessToken }), 'UNAUTHENTICATED');
    expect((await eventsOf(gateway, admin, planted.user.id)).map(({ type }) => type)).toContain(
      'TWO_FACTOR_DISABLED',
    );
  });

  it('keeps the second factor at a reset if the address was already verified', async () => {
    const account = await registerAndVerify(gateway);
    await plantFactor(gateway, account, (await signIn(gateway, account)).accessToken);
    expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
    await challenge(gateway, { ...account, password: NEW_PASSWORD });
  });
});

describeOnPostgres('admin create for an account with an unverified address', ({ start }) => {
  const raise = async (gateway: Gateway, { username, email }: Account): Promise<string> => {
    const args = ['create', '--username', username, '--email', email];
    const { status, out, err } = await command('admin', args, gateway);
    expect(status, err).toBe(0);
    return new URL(/https?:\S+/.exec(out)?.[0] ?? '').searchParams.get('token') ?? '';
  };

  it('removes the password, second factor, session and links, and invites the user', async () => {
    const gateway = await start({ env: UNVERIFIED_ALLOWED });
    const planted = someone();
    expectData(await register(gateway, planted));
    const { accessToken: token } = await signIn(gateway, planted);
    await plantFactor(gateway, planted, token);
    const link = await linkFor(gateway, planted.email);
    const reset = await resetToken(gateway, planted.email);

    const invitation = await raise(gateway, planted);
    expectCode(await login(gateway, planted), 'INVALID_CREDENTIALS');
    expectCode(await gateway.client.run(MeDocument, {}, { token }), 'UNAUTHENTICATED');
    expectCode(await verifyBy(gateway, link), 'TOKEN_INVALID');
    expectCode(await resetBy(gateway, reset), 'TOKEN_INVALID');
    expectData(await redeem(gateway, invitation, NEW_PASSWORD));
    expect((await signIn(gateway, { ...planted, password: NEW_PASSWORD })).user.role).toBe('ADMIN');
  });

  it('takes over a pending registration with the same username and address, and voids its link', async () => {
    const gateway = await start();
    const planted = someone();
    expectData(await register(gateway, planted));
    const link = await linkFor(gateway, planted.email);
    const rival = someone({ email: planted.email });
    expectData(await register(gateway, rival));
    const invitation = await raise(gateway, planted);
    expectCode(await login(gateway, planted), 'INVALID_CREDENTIALS');
    expectCode(await verifyBy(gateway, link), 'TOKEN_INVALID');
    expectData(await redeem(gateway, invitation, NEW_PASSWORD));
    expect((await signIn(gateway, { ...planted, password: NEW_PASSWORD })).user.role).toBe('ADMIN');
  });

  it('keeps the password and the second factor of a verified account', async () => {
    const gateway = await start();
    const account = await registerAndVerify(gateway);
    await plantFactor(gateway, account, (await signIn(gateway, account)).accessToken);
    await raise(gateway, account);
    await challenge(gateway, account);
  });
});

describeOnPostgresFirst('a deactivated account', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start, UNVERIFIED_ALLOWED));
  });

  const deactivate = async (id: string) =>
    expectData(await gateway.client.run(DeactivateUserDocument, { id }, { token: admin.token }));
  const resend = async (email: string) =>
    expectData(
      await gateway.client.runRaw(
        'mutation ($email: String!) { resendVerificationEmail(email: $email) { success } }',
        { email },
      ),
    );

  it('gets no mail from any operation', async () => {
    const account = someone();
    expectData(await register(gateway, account));
    const { user, accessToken } = await signIn(gateway, account);
    await plantFactor(gateway, account, accessToken);
    const other = await registerAndVerify(gateway);
    const { accessToken: others } = await signIn(gateway, other);
    await deactivate(user.id);
    await sleep(500);
    const before = mailsTo(await gateway.mail.mails(), account.email).length;

    await resend(account.email);
    expectData(await register(gateway, someone({ email: account.email })));
    expectData(await changeEmail(gateway, others, other, account.email));
    await resetBy(gateway, 'ghpr_nonsense');
    expectData(
      await gateway.client.runRaw(
        'mutation ($email: String!) { requestPasswordReset(email: $email) { success } }',
        { email: account.email },
      ),
    );
    expectCode(await login(gateway, account), 'ACCOUNT_DISABLED');
    const byAdmin = (query: string, variables: object) =>
      gateway.client.runRaw(query, { id: user.id, ...variables }, { token: admin.token });
    expectData(await byAdmin('mutation ($id: ID!) { resetUserTwoFactor(id: $id) { id } }', {}));
    const { email } = someone();
    expectData(
      await byAdmin(
        'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }',
        {
          input: { email },
        },
      ),
    );
    await resend(email);
    await sleep(1500);
    expect(mailsTo(await gateway.mail.mails(), account.email)).toHaveLength(before);
    expect(mailsTo(await gateway.mail.mails(), email)).toEqual([]);
  });

  describe('a reactivated account', () => {
    it('is invited again if it has no password yet', async () => {
      const { email, username } = someone();
      const token = admin.token;
      const run = (query: string, variables: object) => gateway.client.runRaw(query, variables, { token });
      const created = expectData(
        await run('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
          input: { username, email },
        }),
      ) as { createUser: { id: string } };
      const { id } = created.createUser;
      const first = tokenIn(await gateway.mail.waitForMail(email));
      await deactivate(id);
      expectCode(await redeem(gateway, first, NEW_PASSWORD), 'TOKEN_INVALID');
      expectData(await run('mutation ($id: ID!) { activateUser(id: $id) { id } }', { id }));
      const again = tokenIn(await gateway.mail.waitForMail(email, (mail) => tokenIn(mail) !== first));
      expectData(await redeem(gateway, again, NEW_PASSWORD));
    });
  });
});
