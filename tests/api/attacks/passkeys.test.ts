import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthErrorCode } from '../../generated/enums.js';
import { ResetUserTwoFactorDocument } from '../../generated/graphql.js';
import { login, registerAndVerify } from '../../support/accounts.js';
import { newKey, SoftwareAuthenticator } from '../../support/authenticator.js';
import { clone } from '../../support/cast.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import {
  addPasskey,
  answerTo,
  finishRegistration,
  finishSignIn,
  type PasskeyOwner,
  pageOrigin,
  passkeyChallenge,
  passkeyOwner,
  passkeysOf,
  reauthenticate,
  registrationOf,
  remove,
  rename,
  secondStepBy,
  signedInByPasskey,
  signInBy,
  signInCeremony,
  startReauthentication,
  startRegistration,
} from '../../support/passkeys.js';
import { BENT, BENT_ASSERTIONS, expectRefusedCredential, MALFORMED } from '../../support/passkeys-bent.js';
import { deadlocksIn } from '../../support/prepared.js';
import { RACES } from '../../support/races.js';
import { changePassword, resetBy, resetToken } from '../../support/recovery.js';
import { decode } from '../../support/tokens.js';
import { protectedAccount, secondStep } from '../../support/totp.js';

const AT_ONCE = 20;

const codesOf = (results: Result<unknown>[]) => results.map(({ errors }) => codeOf(errors));
const count = <T>(list: T[], wanted: T) => list.filter((one) => one === wanted).length;

describeOnPostgresFirst('attacks on passkeys', ({ start }) => {
  let gateway: Gateway;
  let owner: PasskeyOwner;

  beforeAll(async () => {
    gateway = await start();
    owner = await passkeyOwner(gateway);
  });

  describe('a sign-in', () => {
    for (const [part, bend] of Object.entries({ ...BENT, ...BENT_ASSERTIONS })) {
      it(`is refused with ${part}, and the challenge is used up`, async () => {
        const { challengeToken, options } = await signInCeremony(gateway);
        const credential = owner.authenticator.get(options, bend(gateway));
        expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'INVALID_CREDENTIALS');
        const right = owner.authenticator.get(options);
        expectCode(await finishSignIn(gateway, { challengeToken, credential: right }), 'TOKEN_INVALID');
        await signedInByPasskey(gateway, owner.authenticator);
      });
    }

    it('is refused without a user handle, with that of another user, and with a credential of another user', async () => {
      const other = await passkeyOwner(gateway);
      expectCode(await signInBy(gateway, owner.authenticator, { userHandle: null }), 'INVALID_CREDENTIALS');
      const { userHandle } = other.authenticator;
      expectCode(await signInBy(gateway, owner.authenticator, { userHandle }), 'INVALID_CREDENTIALS');
      const { id } = other.authenticator;
      expectCode(await signInBy(gateway, owner.authenticator, { id }), 'INVALID_CREDENTIALS');
      expectCode(await signInBy(gateway, owner.authenticator, { id, userHandle }), 'INVALID_CREDENTIALS');
      expect((await signedInByPasskey(gateway, owner.authenticator)).user.username).toBe(owner.username);
      expect((await signedInByPasskey(gateway, other.authenticator)).user.username).toBe(other.username);
    });

    it('is refused with an unknown and with a removed passkey', async () => {
      const stranger = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const { userHandle } = owner.authenticator;
      expectCode(await signInBy(gateway, stranger, { userHandle }), 'INVALID_CREDENTIALS');
      const { authenticator, passkeyId } = await addPasskey(gateway, owner.token);
      await signedInByPasskey(gateway, authenticator);
      expectData(await remove(gateway, owner.token, passkeyId));
      expectCode(await signInBy(gateway, authenticator), 'INVALID_CREDENTIALS');
    });

    it('succeeds once with an assertion', async () => {
      const { challengeToken, options } = await signInCeremony(gateway);
      const credential = owner.authenticator.get(options);
      expectData(await finishSignIn(gateway, { challengeToken, credential }));
      expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'TOKEN_INVALID');
      const another = await signInCeremony(gateway);
      expectCode(
        await finishSignIn(gateway, { challengeToken: another.challengeToken, credential }),
        'INVALID_CREDENTIALS',
      );
    });

    it('succeeds for exactly one of 20 concurrent requests', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const { challengeToken, options } = await signInCeremony(gateway);
        const credential = owner.authenticator.get(options);
        const results = await Promise.all(
          Array.from({ length: AT_ONCE }, () => finishSignIn(gateway, { challengeToken, credential })),
        );
        expect(count(codesOf(results), 'none'), `round ${round}`).toBe(1);
        expect(count(codesOf(results), 'TOKEN_INVALID')).toBe(AT_ONCE - 1);
      }
    });

    it('accepts only the token of a sign-in', async () => {
      const registration = await registrationOf(gateway, owner.token);
      const again = expectData(
        await startReauthentication(gateway, owner.token),
      ).startPasskeyReauthentication;
      const guarded = await protectedAccount(gateway);
      const { authenticator } = await addPasskey(gateway, guarded.token);
      const second = await passkeyChallenge(gateway, guarded);
      for (const [ceremony, soft] of [
        [registration, owner.authenticator],
        [again, owner.authenticator],
        [second, authenticator],
      ] as const) {
        const credential = soft.get(ceremony.options);
        const { challengeToken } = ceremony;
        expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'TOKEN_INVALID');
      }
      for (const challengeToken of ['', 'ghks_', `ghks_${'A'.repeat(43)}`, '\0', 'x'.repeat(5000)]) {
        const credential = owner.authenticator.get(again.options);
        expectCode(await finishSignIn(gateway, { challengeToken, credential }), 'TOKEN_INVALID');
      }
      await signedInByPasskey(gateway, owner.authenticator);
      await signedInByPasskey(gateway, authenticator);
    });

    for (const [name, bend] of Object.entries(MALFORMED)) {
      it(`answers BAD_USER_INPUT to ${name} instead of a credential`, async () => {
        const { challengeToken, options } = await signInCeremony(gateway);
        const right = owner.authenticator.get(options);
        const credential = bend(right);
        expectRefusedCredential(await finishSignIn(gateway, { challengeToken, credential }));
        // The input was refused before the token was consumed.
        expectData(await finishSignIn(gateway, { challengeToken, credential: right }));
      });
    }

    it('ignores unknown and prototype keys beside the known ones', async () => {
      const { challengeToken, options } = await signInCeremony(gateway);
      const right = owner.authenticator.get(options);
      const credential = right.replace('{', '{"__proto__":{"id":"x"},"constructor":1,"more":[1],');
      expectData(await finishSignIn(gateway, { challengeToken, credential }));
      expect(({} as { id?: string }).id).toBeUndefined();
    });
  });

  describe('a signature counter', () => {
    it('that does not grow refuses the sign-in, and the owner is mailed', async () => {
      const user = await passkeyOwner(gateway);
      const copy = user.authenticator.copy();
      for (let use = 0; use < 3; use += 1) await signedInByPasskey(gateway, user.authenticator);
      expectCode(await signInBy(gateway, copy), 'INVALID_CREDENTIALS');
      const { counter } = user.authenticator;
      expectCode(await signInBy(gateway, user.authenticator, { counter }), 'INVALID_CREDENTIALS');
      expectCode(await signInBy(gateway, user.authenticator, { counter: 0 }), 'INVALID_CREDENTIALS');
      await gateway.mail.waitForMail(user.email, ({ subject }) => subject.includes('refused'));
      await signedInByPasskey(gateway, user.authenticator);
    });

    it('that stays 0 is accepted, until it has counted once', async () => {
      const { authenticator } = await addPasskey(gateway, owner.token, { counts: false });
      await signedInByPasskey(gateway, authenticator);
      await signedInByPasskey(gateway, authenticator);
      expectData(await signInBy(gateway, authenticator, { counter: 7 }));
      expectCode(await signInBy(gateway, authenticator), 'INVALID_CREDENTIALS');
      expectData(await signInBy(gateway, authenticator, { counter: 0xffff_ffff }));
      expectCode(await signInBy(gateway, authenticator, { counter: 0xffff_ffff }), 'INVALID_CREDENTIALS');
    });

    it('that a wrong signature carries moves nothing, and mails nobody', async () => {
      const user = await passkeyOwner(gateway);
      await signedInByPasskey(gateway, user.authenticator);
      const key = newKey().privateKey;
      for (const counter of [0, 1_000_000])
        expectCode(await signInBy(gateway, user.authenticator, { key, counter }), 'INVALID_CREDENTIALS');
      await signedInByPasskey(gateway, user.authenticator);
      const mails = (await gateway.mail.mails()).filter(({ to }) => to.includes(user.email));
      expect(mails.filter(({ subject }) => subject.includes('refused'))).toEqual([]);
    });

    it('lets one of two copies with the same counter sign in', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const user = await passkeyOwner(gateway);
        const twins = [user.authenticator, user.authenticator.copy()];
        const results = await Promise.all(twins.map((twin) => signInBy(gateway, twin)));
        expect(codesOf(results).toSorted(), `round ${round}`).toEqual(['INVALID_CREDENTIALS', 'none']);
      }
    });

    it('that does not grow refuses the second factor, and the owner is mailed', async () => {
      const user = await protectedAccount(gateway);
      const { authenticator } = await addPasskey(gateway, user.token);
      const copy = authenticator.copy();
      await signedInByPasskey(gateway, authenticator);
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      expectCode(await secondStepBy(gateway, challengeToken, copy.get(options)), 'INVALID_TWO_FACTOR_CODE');
      await gateway.mail.waitForMail(user.email, ({ subject }) => subject.includes('refused'));
      expectData(await secondStepBy(gateway, challengeToken, authenticator.get(options)));
    });
  });
});

/** What a sign-in by the right passkey answers, by the state of the account. */
const STATES: Record<string, { sql: string; answer: AuthErrorCode | 'none'; bent: AuthErrorCode }> = {
  usable: { sql: 'select 1', answer: 'none', bent: 'INVALID_CREDENTIALS' },
  deactivated: {
    sql: 'update users set is_active = false where id = $1',
    answer: 'ACCOUNT_DISABLED',
    bent: 'INVALID_CREDENTIALS',
  },
  unverified: {
    sql: 'update users set email_verified = false where id = $1',
    answer: 'EMAIL_NOT_VERIFIED',
    bent: 'INVALID_CREDENTIALS',
  },
  'deactivated and unverified': {
    sql: 'update users set is_active = false, email_verified = false where id = $1',
    answer: 'ACCOUNT_DISABLED',
    bent: 'INVALID_CREDENTIALS',
  },
  'without a password': {
    sql: 'update users set password_hash = null where id = $1',
    answer: 'none',
    bent: 'INVALID_CREDENTIALS',
  },
  deleted: {
    sql: 'delete from users where id = $1',
    answer: 'INVALID_CREDENTIALS',
    bent: 'INVALID_CREDENTIALS',
  },
};

describeOnPostgres('a sign-in by passkey', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start({ env: { LOCKOUT_THRESHOLD: '2' } });
    // `clone` takes its password.
    await registerAndVerify(gateway);
  });

  for (const [state, { sql, answer, bent }] of Object.entries(STATES)) {
    it(`answers ${answer} for an account that is ${state}, and ${bent} to a wrong assertion`, async () => {
      const user = await passkeyOwner(gateway);
      await signedInByPasskey(gateway, user.authenticator);
      await openDatabase(gateway).unsafe(sql, sql.includes('$1') ? [user.id] : []);
      const key = newKey().privateKey;
      expectCode(await signInBy(gateway, user.authenticator, { key }), bent);
      const result = await signInBy(gateway, user.authenticator);
      expect(codeOf(result.errors)).toBe(answer);
    });
  }

  it('is not blocked by a lock by wrong passwords, which stays', async () => {
    const user = await passkeyOwner(gateway);
    const guess = { username: user.username, password: 'WrongPassword123!' };
    for (let wrong = 0; wrong < 2; wrong += 1) expectCode(await login(gateway, guess), 'INVALID_CREDENTIALS');
    expectCode(await login(gateway, user), 'ACCOUNT_LOCKED');
    await signedInByPasskey(gateway, user.authenticator);
    expectCode(await login(gateway, user), 'ACCOUNT_LOCKED');
  });

  it('does not let others rename or remove the passkey, admins included', async () => {
    const owner = await passkeyOwner(gateway);
    const other = await clone(gateway, 'CUSTOMER');
    const admin = await clone(gateway, 'ADMIN');
    const ids = [owner.passkeyId, owner.passkeyId.toUpperCase(), 'x', '', randomBytes(16).toString('hex')];
    for (const { token } of [other, admin]) {
      for (const id of ids) {
        expectCode(await rename(gateway, token, id, 'Mine'), 'NOT_FOUND');
        expectCode(await remove(gateway, token, id), 'NOT_FOUND');
      }
    }
    const mine = (await passkeysOf(gateway, owner.token)).find(({ id }) => id === owner.passkeyId);
    expect(mine?.name).not.toBe('Mine');
  });

  it('needs no code where TOTP is on, also while the second factor is locked', async () => {
    const user = await protectedAccount(gateway);
    const { authenticator } = await addPasskey(gateway, user.token);
    const { challengeToken } = await passkeyChallenge(gateway, user);
    for (let guess = 0; guess < 5; guess += 1)
      expectCode(await secondStep(gateway, challengeToken, '000000'), 'INVALID_TWO_FACTOR_CODE');
    const { accessToken } = await signedInByPasskey(gateway, authenticator);
    expect(decode(accessToken).claims.amr).toEqual(['pop', 'mfa']);
  });

  it('is refused after five minutes, like a registration and a re-authentication', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    const ceremony = await signInCeremony(gateway);
    const [issued] = await sql`
      select extract(epoch from expires_at - now())::int as seconds, user_id from one_time_tokens
      where purpose = 'PASSKEY_SIGN_IN' order by created_at desc limit 1`;
    expect(Math.abs(Number(issued?.seconds) - 300)).toBeLessThan(30);
    expect(issued?.user_id).toBeNull();
    const registration = await registrationOf(gateway, user.token);
    const again = expectData(await startReauthentication(gateway, user.token)).startPasskeyReauthentication;
    await sql`update one_time_tokens set expires_at = now() - interval '1 second'`;
    const { authenticator: soft, token } = user;
    const other = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
    const results = [
      await finishSignIn(gateway, answerTo(ceremony, soft.get(ceremony.options))),
      await finishRegistration(gateway, token, answerTo(registration, other.create(registration.options))),
      await reauthenticate(gateway, token, answerTo(again, soft.get(again.options))),
    ];
    expect(codesOf(results)).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID', 'TOKEN_INVALID']);
    await signedInByPasskey(gateway, soft);
  });

  it('keeps no token and no challenge in the database', async () => {
    const sql = openDatabase(gateway);
    const { challengeToken, options } = await signInCeremony(gateway);
    const { challenge } = JSON.parse(options);
    const [dump] = await sql`select string_agg(t::text, ' ') as text from one_time_tokens t`;
    for (const secret of [challengeToken.slice(5), challenge as string]) {
      expect(dump?.text).not.toContain(secret);
      expect(dump?.text).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    }
  });

  it('does not remove the last way to sign in, not by 20 concurrent requests either', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    const ids = [user.passkeyId];
    for (let more = 0; more < 3; more += 1) ids.push((await addPasskey(gateway, user.token)).passkeyId);
    await sql`update users set password_hash = null where id = ${user.id}`;
    const results = await Promise.all(ids.map((id) => remove(gateway, user.token, id)));
    expect(codesOf(results).toSorted()).toEqual(['LAST_SIGN_IN_METHOD', 'none', 'none', 'none']);
    const [left] = await passkeysOf(gateway, user.token);
    expectCode(await remove(gateway, user.token, left?.id ?? ''), 'LAST_SIGN_IN_METHOD');
    const mails = (await gateway.mail.mails()).filter(({ to }) => to.includes(user.email));
    expect(mails.filter(({ subject }) => subject.includes('removed')).length).toBeLessThanOrEqual(3);
  });

  it('needs a recent authentication to remove a passkey, which the passkey itself gives', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    await sql`update sessions set authenticated_at = now() - interval '1 hour' where user_id = ${user.id}`;
    const { methods } = expectCode(
      await remove(gateway, user.token, user.passkeyId),
      'REAUTHENTICATION_REQUIRED',
    ) as { methods?: string[] };
    expect(methods).toContain('PASSKEY');
    expectCode(await startRegistration(gateway, user.token), 'REAUTHENTICATION_REQUIRED');
    const ceremony = expectData(
      await startReauthentication(gateway, user.token),
    ).startPasskeyReauthentication;
    const answer = answerTo(ceremony, user.authenticator.get(ceremony.options));
    const { reauthenticate: fresh } = expectData(await reauthenticate(gateway, user.token, answer));
    expectData(await remove(gateway, fresh.accessToken, user.passkeyId));
  });

  it('has no deadlock with the other operations on the user and their passkeys', async () => {
    const sql = openDatabase(gateway);
    const before = await deadlocksIn(sql);
    const { token: adminToken } = await clone(gateway, 'ADMIN');
    for (let round = 0; round < RACES; round += 1) {
      const user = await passkeyOwner(gateway);
      const others = [await addPasskey(gateway, user.token), await addPasskey(gateway, user.token)] as const;
      const soft = user.authenticator;
      const registration = await registrationOf(gateway, user.token);
      const again = expectData(await startReauthentication(gateway, user.token)).startPasskeyReauthentication;
      const added = new SoftwareAuthenticator({ origin: pageOrigin(gateway) }).create(registration.options);
      const requests = [
        () => signInBy(gateway, soft),
        () => finishRegistration(gateway, user.token, answerTo(registration, added)),
        () => reauthenticate(gateway, user.token, answerTo(again, soft.get(again.options))),
        () => startRegistration(gateway, user.token),
        () => startReauthentication(gateway, user.token),
        () => rename(gateway, user.token, user.passkeyId, 'Laptop'),
        () => remove(gateway, user.token, others[0].passkeyId),
        () => signInBy(gateway, others[1].authenticator),
        () => login(gateway, user),
        () => gateway.client.run(ResetUserTwoFactorDocument, { id: user.id }, { token: adminToken }),
        () => signInBy(gateway, soft.copy()),
        () => changePassword(gateway, user.token, user.password),
      ];
      const inOrder = round % 2 === 0 ? requests : requests.toReversed();
      const results: Result<unknown>[] = await Promise.all(inOrder.map((request) => request()));
      // `codeOf` refuses INTERNAL_SERVER_ERROR.
      expect(codesOf(results)).not.toContain('SERVICE_UNAVAILABLE');
    }
    expect((await deadlocksIn(sql)) - before).toBe(0);
  });

  it('is no longer possible after an admin has reset the factors, and the owner is mailed', async () => {
    const user = await passkeyOwner(gateway);
    const admin = await clone(gateway, 'ADMIN');
    const reset = () =>
      gateway.client.run(ResetUserTwoFactorDocument, { id: user.id }, { token: admin.token });
    expectData(await reset());
    expectCode(await signInBy(gateway, user.authenticator), 'INVALID_CREDENTIALS');
    await gateway.mail.waitForMail(user.email, ({ subject }) => subject.includes('passkey was removed'));
    expectCode(await reset(), 'TWO_FACTOR_NOT_ENABLED');
  });

  it('is no longer possible after the first proof of an address by a reset', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    await sql`update users set email_verified = false where id = ${user.id}`;
    const token = await resetToken(gateway, user.email);
    expectData(await resetBy(gateway, token));
    expect(await sql`select id from passkeys where user_id = ${user.id}`).toEqual([]);
    expectCode(await signInBy(gateway, user.authenticator), 'INVALID_CREDENTIALS');
  });

  it('is still possible after the reset of a password of a verified address', async () => {
    const user = await passkeyOwner(gateway);
    expectData(await resetBy(gateway, await resetToken(gateway, user.email)));
    await signedInByPasskey(gateway, user.authenticator);
  });

  it('writes audit events without secrets', async () => {
    const sql = openDatabase(gateway);
    const user = await passkeyOwner(gateway);
    const copy = user.authenticator.copy();
    await signedInByPasskey(gateway, user.authenticator);
    expectCode(await signInBy(gateway, copy), 'INVALID_CREDENTIALS');
    expectCode(await signInBy(gateway, user.authenticator, { isVerified: false }), 'INVALID_CREDENTIALS');
    expectData(await remove(gateway, user.token, user.passkeyId));
    const rows = await sql<{ type: string; details: unknown }[]>`
      select type, details from audit_events where subject_id = ${user.id}
      and (type::text like 'PASSKEY%' or type = 'LOGIN_FAILED') order by id`;
    const passkey = { passkey: user.passkeyId, name: 'Passkey' };
    expect(rows.map(({ type, details }) => [type, details])).toEqual([
      ['PASSKEY_ADDED', passkey],
      ['LOGIN_FAILED', { method: 'PASSKEY', reason: 'SIGNATURE_COUNTER', ...passkey }],
      ['LOGIN_FAILED', { method: 'PASSKEY' }],
      ['PASSKEY_REMOVED', passkey],
    ]);
  });
});

describeOnPostgres('the rate limits of passkeys', ({ start }) => {
  it('allow 20 starts and 10 finishes of a sign-in a minute', async () => {
    const gateway = await start({ env: { RATE_LIMIT_ENABLED: 'true' } });
    const codes: unknown[] = [];
    for (let turn = 0; turn < 21; turn += 1) {
      const result = await gateway.client.runRaw('mutation { startPasskeySignIn { challengeToken } }');
      codes.push(codeOf(result.errors));
    }
    expect(count(codes, 'none')).toBe(20);
    expect(codes.at(-1)).toBe('RATE_LIMITED');
    const wrong = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
    const challengeToken = `ghks_${'A'.repeat(43)}`;
    const finished: unknown[] = [];
    for (let turn = 0; turn < 11; turn += 1) {
      const credential = wrong.get(JSON.stringify({ challenge: 'AA' }), { userHandle: null });
      finished.push(codeOf((await finishSignIn(gateway, { challengeToken, credential })).errors));
    }
    expect(count(finished, 'TOKEN_INVALID')).toBe(10);
    expect(finished.at(-1)).toBe('RATE_LIMITED');
  });
});
