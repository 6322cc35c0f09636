import type postgres from 'postgres';
import { beforeAll, expect, it } from 'vitest';
import { someone } from '../../support/accounts.js';
import { type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import type { Result } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { deadlocksIn, type Preparation, type Prepared, prepare, sessionOf } from '../../support/prepared.js';
import { reauthenticate } from '../../support/step-up.js';
import { sleep } from '../../support/wait.js';

const AT_ONCE = 20;
const NEW = 'quite Another phrase';

/** A user that concurrent requests change. */
interface Subject extends Prepared {
  token: string;
  refreshToken: string;
  sessionId: string;
  passkeyIds: string[];
  identityIds: string[];
}

/** A mutation on a subject; `n` is the index of the request. */
type Operation = (subject: Subject, n: number) => Promise<Result<unknown>>;

describeOnPostgres('concurrent mutations', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;
  let sql: postgres.Sql;

  beforeAll(async () => {
    // A connection for each request.
    ({ gateway, admin } = await startWithAdmin(start, { DATABASE_POOL_SIZE: '30' }));
    sql = openDatabase(gateway);
  });

  const run = (query: string, variables: object, token?: string) =>
    gateway.client.runRaw(query, variables, token === undefined ? {} : { token });
  const byAdmin =
    (field: string, selection: string): Operation =>
    ({ id }) =>
      run(`mutation ($id: ID!) { ${field}(id: $id) { ${selection} } }`, { id }, admin.token);
  const update =
    (input: (subject: Subject, n: number) => object): Operation =>
    (subject, n) =>
      run(
        'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }',
        { id: subject.id, input: input(subject, n) },
        admin.token,
      );
  const reset =
    (purpose: 'RESET_PASSWORD' | 'INVITATION'): Operation =>
    ({ tokens }, n) =>
      run('mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { success } }', {
        input: { token: tokens[purpose], newPassword: `${NEW} ${n}`, confirmPassword: `${NEW} ${n}` },
      });
  const verify =
    (purpose: 'VERIFY_EMAIL' | 'CHANGE_EMAIL'): Operation =>
    ({ tokens, password }) =>
      run(
        'mutation ($token: String!, $password: String) { verifyEmail(token: $token, password: $password) { email } }',
        {
          token: tokens[purpose],
          password,
        },
      );
  const login: Operation = ({ username, password }) =>
    run('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
      input: { identifier: username, password },
    });

  const onUser: Record<string, Operation> = {
    verifyEmail: verify('VERIFY_EMAIL'),
    'verifyEmail of a change': verify('CHANGE_EMAIL'),
    resetPassword: reset('RESET_PASSWORD'),
    'resetPassword by an invitation': reset('INVITATION'),
    requestPasswordReset: ({ email }) =>
      run('mutation ($email: String!) { requestPasswordReset(email: $email) { success } }', { email }),
    resendVerificationEmail: ({ email }) =>
      run('mutation ($email: String!) { resendVerificationEmail(email: $email) { success } }', { email }),
    login,
    verifyTwoFactor: ({ tokens, recoveryCodes }, n) =>
      run('mutation ($input: VerifyTwoFactorInput!) { verifyTwoFactor(input: $input) { tokenType } }', {
        input: { challengeToken: tokens.CHALLENGE, code: recoveryCodes[n % 10] },
      }),
    refreshToken: ({ refreshToken }) =>
      run('mutation ($t: String) { refreshToken(refreshToken: $t) { tokenType } }', { t: refreshToken }),
    logout: ({ token }, n) => run(`mutation { logout(everywhere: ${n % 2 === 0}) { success } }`, {}, token),
    revokeSession: ({ token, sessionId }) =>
      run('mutation ($id: ID!) { revokeSession(id: $id) { success } }', { id: sessionId }, token),
    revokeOtherSessions: ({ token }) => run('mutation { revokeOtherSessions { success } }', {}, token),
    changePassword: ({ token, password }, n) =>
      run(
        'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { success } }',
        { input: { currentPassword: password, newPassword: `${NEW} ${n}`, confirmPassword: `${NEW} ${n}` } },
        token,
      ),
    changeEmail: ({ token, password }, n) =>
      run(
        'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { success } }',
        { input: { newEmail: `${n}-${someone().email}`, password } },
        token,
      ),
    updateProfile: ({ token }, n) =>
      run(
        'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id } }',
        { input: { username: n % 2 ? 'wanted-by-many' : someone().username } },
        token,
      ),
    reauthenticate: ({ token, password }) => reauthenticate(gateway, token, { password }),
    'reauthenticate by a code': ({ token, recoveryCodes }, n) =>
      reauthenticate(gateway, token, { code: recoveryCodes[n % 10] }),
    setupTwoFactor: ({ token, password }) =>
      run(
        'mutation ($input: SetupTwoFactorInput!) { setupTwoFactor(input: $input) { expiresAt } }',
        { input: { password } },
        token,
      ),
    enableTwoFactor: ({ token, code }) =>
      run('mutation ($code: String!) { enableTwoFactor(code: $code) { id } }', { code: code() }, token),
    disableTwoFactor: ({ token, password, recoveryCodes }, n) =>
      run(
        'mutation ($input: ConfirmTwoFactorInput!) { disableTwoFactor(input: $input) { id } }',
        { input: { password, code: recoveryCodes[n % 10] } },
        token,
      ),
    regenerateRecoveryCodes: ({ token, password, recoveryCodes }, n) =>
      run(
        'mutation ($input: ConfirmTwoFactorInput!) { regenerateRecoveryCodes(input: $input) { recoveryCodes } }',
        { input: { password, code: recoveryCodes[n % 10] } },
        token,
      ),
    startPasskeyRegistration: ({ token, password }) =>
      run(
        'mutation ($input: StartPasskeyRegistrationInput!) { startPasskeyRegistration(input: $input) { expiresAt } }',
        { input: { password } },
        token,
      ),
    startPasskeyReauthentication: ({ token }) =>
      run('mutation { startPasskeyReauthentication { expiresAt } }', {}, token),
    removePasskey: ({ token, passkeyIds }, n) =>
      run('mutation ($id: ID!) { removePasskey(id: $id) { success } }', { id: passkeyIds[n % 10] }, token),
    unlinkIdentity: ({ token, identityIds }, n) =>
      run('mutation ($id: ID!) { unlinkIdentity(id: $id) { success } }', { id: identityIds[n % 10] }, token),
    deactivateUser: byAdmin('deactivateUser', 'id'),
    activateUser: byAdmin('activateUser', 'id'),
    unlockUser: byAdmin('unlockUser', 'id'),
    revokeUserSessions: byAdmin('revokeUserSessions', 'success'),
    resetUserTwoFactor: byAdmin('resetUserTwoFactor', 'id'),
    'updateUser of a name': update((_subject, n) => ({
      username: n % 2 ? 'wanted-by-many' : someone().username,
    })),
    'updateUser of an address': update((_subject, n) => ({ email: `${n}-${someone().email}` })),
    'updateUser of a role': update((_subject, n) => ({ role: n % 2 ? 'STAFF' : 'CUSTOMER' })),
  };

  const needsSetup = new Set(['enableTwoFactor', 'setupTwoFactor']);
  const needsFactor = new Set([
    'reauthenticate by a code',
    'verifyTwoFactor',
    'disableTwoFactor',
    'regenerateRecoveryCodes',
    'resetUserTwoFactor',
  ]);
  const factorFor = (names: string[]): NonNullable<Preparation['factor']> => {
    if (names.some((name) => needsSetup.has(name))) return 'SETUP';
    return names.some((name) => needsFactor.has(name)) ? 'CONFIRMED' : 'NONE';
  };

  const pairsOf = (names: string[]) => names.flatMap((a, i) => names.slice(i).map((b) => [a, b] as const));

  /** Errors that no race may cause. */
  const faultsOf = (pair: string, results: Result<unknown>[]) =>
    results.flatMap(({ errors }) =>
      errors
        .filter(({ extensions }) =>
          /SERVICE_UNAVAILABLE|INTERNAL_SERVER_ERROR|VALIDATION|BAD_/.test(String(extensions.code)),
        )
        .map(({ extensions, message }) => `${pair}: ${extensions.code} ${message}`),
    );

  const names = Object.keys(onUser);
  /** The number of the gateway's statements that wait for a lock. */
  const waiting = async () =>
    Number(
      (
        await sql`select count(*) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`
      )[0]?.count,
    );

  /**
   * Sends requests while the user's row is locked, and releases it when the number of waiting statements is stable:
   * hashing takes longer than any window in which two transactions could block each other.
   */
  async function atOnce(userId: string, send: () => Promise<Result<unknown>[]>) {
    let answers: Promise<Result<unknown>[]> = Promise.resolve([]);
    await sql.begin(async (tx) => {
      await tx`select from users where id = ${userId} for update`;
      answers = send();
      for (let last = -1, still = 0, looks = 0; still < 3 && looks < 12; looks += 1) {
        await sleep(60);
        const now = await waiting();
        still = now > 1 && now === last ? still + 1 : 0;
        last = now;
      }
    });
    return answers;
  }

  /** Sends each of the two operations first in half of the cases. */
  const inBothOrders = (a: string, b: string, subject: Subject) =>
    atOnce(subject.id, () =>
      Promise.all(
        Array.from({ length: AT_ONCE }, (_, n) =>
          (onUser[n % 4 === 1 || n % 4 === 2 ? b : a] as Operation)(subject, n >> 1),
        ),
      ),
    );

  it(`finds no deadlock and no failure in all ${pairsOf(names).length} pairs of mutations on one user`, {
    timeout: 900_000,
  }, async () => {
    const before = await deadlocksIn(sql);
    const faults: string[] = [];
    for (const [a, b] of pairsOf(names)) {
      const person = await prepare(gateway, sql, { factor: factorFor([a, b]) });
      const subject = {
        ...person,
        ...(await sessionOf(gateway, sql, person)),
        ...(await waysIn(sql, person)),
      };
      faults.push(...faultsOf(`${a} and ${b}`, await inBothOrders(a, b, subject)));
    }
    expect(faults).toEqual([]);
    expect((await deadlocksIn(sql)) - before).toBe(0);
  });

  /** Operations that claim one address, each by a user of its own. */
  const onAddress: Record<string, (email: string) => Promise<() => Promise<Result<unknown>>>> = {
    'verifyEmail of a registration': async (email) => {
      const rival = await prepare(gateway, sql, { pending: true, email });
      return () => verify('VERIFY_EMAIL')(rival as Subject, 0);
    },
    'resetPassword of a registration': async (email) => {
      const rival = await prepare(gateway, sql, { pending: true, email });
      return () => reset('RESET_PASSWORD')(rival as Subject, 0);
    },
    'verifyEmail of a change': async (email) => {
      const person = await prepare(gateway, sql);
      await sql`update one_time_tokens set payload = ${sql.json({ email })}
        where user_id = ${person.id} and purpose = 'CHANGE_EMAIL'`;
      return () => verify('CHANGE_EMAIL')(person as Subject, 0);
    },
    'updateUser of an address': async (email) => {
      const person = await prepare(gateway, sql);
      return () => update(() => ({ email }))(person as Subject, 0);
    },
    createUser: async (email) => () =>
      run(
        'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
        { input: { username: someone().username, email } },
        admin.token,
      ),
    register: async (email) => () => {
      const { username, password } = someone();
      const input = { username, email, password, confirmPassword: password };
      return run('mutation ($input: RegisterInput!) { register(input: $input) { email } }', { input });
    },
    'login to a registration': async (email) => {
      const rival = await prepare(gateway, sql, { pending: true, email });
      return () => login(rival as Subject, 0);
    },
    resendVerificationEmail: async (email) => () =>
      onUser.resendVerificationEmail?.({ email } as Subject, 0) as never,
    requestPasswordReset: async (email) => () =>
      onUser.requestPasswordReset?.({ email } as Subject, 0) as never,
  };

  it('finds no deadlock in all pairs of mutations that claim one address, which gets one user at most', {
    timeout: 300_000,
  }, async () => {
    const before = await deadlocksIn(sql);
    const faults: string[] = [];
    for (const [a, b] of pairsOf(Object.keys(onAddress))) {
      const { email } = someone();
      const runs = [];
      for (let n = 0; n < AT_ONCE / 2; n++) runs.push(await onAddress[n % 2 ? a : b]?.(email));
      faults.push(
        ...faultsOf(`${a} and ${b}`, await Promise.all(runs.map((request) => request?.() as never))),
      );
      const owners = await sql`select id from users where lower(email) = ${email} and not pending`;
      if (owners.length > 1) faults.push(`${a} and ${b}: ${owners.length} users`);
    }
    expect(faults).toEqual([]);
    expect((await deadlocksIn(sql)) - before).toBe(0);
  });
});

/** Gives a user ten passkeys and ten identities. */
async function waysIn(sql: postgres.Sql, { id }: Prepared) {
  const passkeys = await sql`
    insert into passkeys (user_id, credential_id, public_key, counter, transports, aaguid, backup_eligible, backed_up, name)
    select ${id}, decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), 'key', 0, '{}', gen_random_uuid(), false, false, 'Key'
    from generate_series(1, 10) returning id`;
  const identities = await sql`
    insert into identities (user_id, provider, issuer, subject)
    select ${id}, 'acme', 'https://id.example', gen_random_uuid()::text from generate_series(1, 10) returning id`;
  return { passkeyIds: passkeys.map(({ id }) => id), identityIds: identities.map(({ id }) => id) };
}
