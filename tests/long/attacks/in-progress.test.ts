import { hash } from '@node-rs/bcrypt';
import type postgres from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DeactivateUserDocument,
  RevokeUserSessionsDocument,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { login, registerAndVerify, signedInBy, someone } from '../../support/accounts.js';
import { type SignedInUser, startWithAdmin } from '../../support/administration.js';
import type { Result } from '../../support/client.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { type Prepared, prepare, sessionOf } from '../../support/prepared.js';
import { RACES } from '../../support/races.js';
import { changeEmail, changePassword, requestReset, resetBy, verifyBy } from '../../support/recovery.js';
import { reauthenticate } from '../../support/step-up.js';
import { disable, regenerate, setUp } from '../../support/totp.js';
import { sleep } from '../../support/wait.js';

type Victim = Prepared & { token: string };

/**
 * An attacker who knows the password starts an operation. While the gateway checks the password, the owner changes
 * the account. The hash has a high cost here, so that the check takes long.
 */
describeOnPostgres('operations in progress while an account changes', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;
  let sql: postgres.Sql;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
    sql = openDatabase(gateway);
  });

  /** A check of the password takes a second or more; setting another password takes much less. */
  const hashes = new Map<string, Promise<string>>();
  const slowHash = (password: string): Promise<string> => {
    const known = hashes.get(password) ?? hash(password, { cost: 14 });
    hashes.set(password, known);
    return known;
  };

  async function victim(factor: 'NONE' | 'CONFIRMED' = 'NONE'): Promise<Victim> {
    const person = await prepare(gateway, sql, { factor });
    const { token } = await sessionOf(gateway, sql, person);
    await sql`update users set password_hash = ${await slowHash(person.password)} where id = ${person.id}`;
    return { ...person, token };
  }

  const operations: Record<string, (victim: Victim) => Promise<Result<unknown>>> = {
    reauthenticate: (one) => reauthenticate(gateway, one.token, { password: one.password }),
    startPasskeyRegistration: (one) =>
      gateway.client.runRaw(
        'mutation ($input: StartPasskeyRegistrationInput!) { startPasskeyRegistration(input: $input) { expiresAt } }',
        { input: { password: one.password } },
        { token: one.token },
      ),
    changeEmail: (one) => changeEmail(gateway, one.token, one, someone().email),
    changePassword: (one) => changePassword(gateway, one.token, one.password),
    setupTwoFactor: (one) => setUp(gateway, one.token, one.password),
    disableTwoFactor: (one) => disable(gateway, one.token, one.password, one.recoveryCodes[0] ?? ''),
    regenerateRecoveryCodes: (one) =>
      regenerate(gateway, one.token, one.password, one.recoveryCodes[0] ?? ''),
  };
  const takesCode = (name: string) => /disable|regenerate/.test(name);
  const ends: Record<string, (victim: Victim) => Promise<Result<unknown>>> = {
    'a reset': ({ tokens }) => resetBy(gateway, tokens.RESET_PASSWORD),
    'a deactivation': ({ id }) => gateway.client.run(DeactivateUserDocument, { id }, { token: admin.token }),
    'a change of role': ({ id }) =>
      gateway.client.run(UpdateUserDocument, { id, input: { role: 'STAFF' } }, { token: admin.token }),
    'the end of the session': ({ id }) =>
      gateway.client.run(RevokeUserSessionsDocument, { id }, { token: admin.token }),
    'a change of address by its link': ({ tokens }) => verifyBy(gateway, tokens.CHANGE_EMAIL),
    'a change of address by staff': ({ id }) =>
      gateway.client.run(
        UpdateUserDocument,
        { id, input: { email: someone().email } },
        { token: admin.token },
      ),
  };

  for (const [operation, run] of Object.entries(operations)) {
    for (const [end, stop] of Object.entries(ends)) {
      it(`refuses ${operation} if ${end} completes first`, async () => {
        const one = await victim(takesCode(operation) ? 'CONFIRMED' : 'NONE');
        let isAnswered = false;
        const underWay = run(one).finally(() => {
          isAnswered = true;
        });
        await sleep(150);
        expectData(await stop(one));
        expect(isAnswered, 'the change completes before the operation').toBe(false);
        const { errors } = await underWay;
        expect(['UNAUTHENTICATED', 'INVALID_CREDENTIALS']).toContain(errors[0]?.extensions.code);
        const live = await sql`select purpose from one_time_tokens
          where user_id = ${one.id} and used_at is null and payload ->> 'email' is not null`;
        // Ending the session does not void a link that was already mailed.
        expect(live).toHaveLength(end === 'the end of the session' ? 1 : 0);
        expect(await sql`select from two_factors where user_id = ${one.id}`).toHaveLength(
          takesCode(operation) ? 1 : 0,
        );
      });
    }
  }

  it('issues no challenge for a password that a reset has replaced', async () => {
    const one = await victim('CONFIRMED');
    const underWay = login(gateway, one);
    await sleep(150);
    expectData(await resetBy(gateway, one.tokens.RESET_PASSWORD));
    expectCode(await underWay, 'INVALID_CREDENTIALS');
    const live = await sql`select from one_time_tokens where user_id = ${one.id} and used_at is null`;
    expect(live).toEqual([]);
  });

  it('asks for the second factor if it was enabled while a sign-in checked the password', async () => {
    const one = await victim();
    const underWay = login(gateway, one);
    await sleep(150);
    await sql`insert into two_factors (user_id, sealed_secret, confirmed_at, last_step)
      values (${one.id}, 'sealed', now(), 0)`;
    expect(expectData(await underWay).login.__typename).toBe('TwoFactorChallenge');
  });

  it('leaves no valid reset link if a reset is requested during a change of address', async () => {
    for (let round = 0; round < RACES; round += 1) {
      const one = await prepare(gateway, sql);
      const [, changed] = await Promise.all([
        requestReset(gateway, one.email),
        sleep((round * 60) / RACES).then(() => verifyBy(gateway, one.tokens.CHANGE_EMAIL)),
      ]);
      expectData(changed);
      const live = await sql`select from one_time_tokens
        where user_id = ${one.id} and purpose = 'RESET_PASSWORD' and used_at is null`;
      expect(live, `round ${round}`).toEqual([]);
    }
  });

  describe('a sign-in with the right password', () => {
    it('succeeds while other sign-ins rehash the password', async () => {
      for (let round = 0; round < 3; round += 1) {
        const account = await registerAndVerify(gateway);
        const legacy = await hash(account.password, { cost: 10 });
        await sql`update users set password_hash = ${legacy} where username = ${account.username}`;
        const results = await Promise.all(Array.from({ length: 12 }, () => login(gateway, account)));
        for (const result of results) signedInBy(result);
      }
    });

    it('succeeds while the role changes', async () => {
      const one = await victim();
      const underWay = login(gateway, one);
      await sleep(150);
      expectData((await ends['a change of role']?.(one)) as Result<unknown>);
      expect(signedInBy(await underWay).user.role).toBe('STAFF');
    });
  });

  it('refuses an admin who was deactivated at the same time', async () => {
    const [first, second] = [await prepare(gateway, sql), await prepare(gateway, sql)];
    await sql`update users set role = 'ADMIN' where id in (${first.id}, ${second.id})`;
    const tokens = [await sessionOf(gateway, sql, first), await sessionOf(gateway, sql, second)];
    const results = await Promise.all(
      [second, first].map(({ id }, n) =>
        gateway.client.run(DeactivateUserDocument, { id }, { token: tokens[n]?.token ?? '' }),
      ),
    );
    const codes = results.map(({ errors }) => errors[0]?.extensions.code ?? 'none');
    expect(codes.sort()).toEqual(['UNAUTHENTICATED', 'none']);
  });
});
