import { beforeAll, expect, it } from 'vitest';
import {
  AccountTotalsDocument,
  type AccountTotalsQuery,
  AuthStatisticsDocument,
  type AuthStatisticsQuery,
  type AuthStatisticsQueryVariables,
  DeactivateUserDocument,
} from '../../generated/graphql.js';
import {
  login,
  register,
  registerAndVerify,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { invited, member, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, describeOnPostgresFirst } from '../../support/in-process.js';
import { tokenIn } from '../../support/mailbox.js';
import { addPasskey } from '../../support/passkeys.js';
import { challenge, protectedAccount, secondStep, wrong } from '../../support/totp.js';

type Figures = Omit<AuthStatisticsQuery['authStatistics'][number], 'start' | '__typename'>;
type Totals = AccountTotalsQuery['accountTotals'];

const NOTHING = {
  signIns: 0,
  failedSignIns: 0,
  lockouts: 0,
  registrations: 0,
  passwordResets: 0,
  tokenReuses: 0,
};
const HOUR = 3_600_000;

const readStatistics = (gateway: Gateway, { token }: SignedInUser, range: AuthStatisticsQueryVariables) =>
  gateway.client.run(AuthStatisticsDocument, range, { token });

/** The sum over the last hours. */
async function sumOf(gateway: Gateway, admin: SignedInUser): Promise<Figures> {
  const [from = '', to = ''] = [-HOUR, HOUR].map((offset) => new Date(Date.now() + offset).toISOString());
  const { authStatistics } = expectData(await readStatistics(gateway, admin, { from, to, interval: 'HOUR' }));
  const sum = { ...NOTHING };
  for (const interval of authStatistics)
    for (const figure of Object.keys(sum) as (keyof Figures)[]) sum[figure] += interval[figure];
  return sum;
}

/** The figures that the work changes. */
async function addedBy(
  gateway: Gateway,
  admin: SignedInUser,
  work: () => Promise<unknown>,
): Promise<Partial<Figures>> {
  const before = await sumOf(gateway, admin);
  await work();
  const after = await sumOf(gateway, admin);
  const changed = (Object.keys(after) as (keyof Figures)[]).filter((one) => after[one] !== before[one]);
  return Object.fromEntries(changed.map((one) => [one, after[one] - before[one]]));
}

describeOnBackends('authStatistics', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start, { LOCKOUT_THRESHOLD: '3' }));
  });

  const read = (from: string, to: string, interval: 'HOUR' | 'DAY') =>
    readStatistics(gateway, admin, { from, to, interval });
  const added = (work: () => Promise<unknown>) => addedBy(gateway, admin, work);

  it('counts a registration when its address is verified', async () => {
    const account = someone();
    expect(await added(async () => expectData(await register(gateway, account)))).toEqual({});
    expect(await added(() => registerAndVerify(gateway))).toEqual({ registrations: 1 });
  });

  it('counts an invited user once, and the acceptance as a password reset', async () => {
    expect(await added(() => invited(gateway, admin))).toEqual({ registrations: 1 });
    expect(await added(() => member(gateway, admin))).toEqual({
      registrations: 1,
      passwordResets: 1,
      signIns: 1,
    });
  });

  it('counts a sign-in with a second factor once, and a wrong code as a failure', async () => {
    const account = await protectedAccount(gateway);
    const { challengeToken } = await challenge(gateway, account);
    const code = await account.authenticator.freshCode();
    expect(await added(() => secondStep(gateway, challengeToken, wrong(code)))).toEqual({ failedSignIns: 1 });
    expect(await added(() => secondStep(gateway, challengeToken, code))).toEqual({ signIns: 1 });
  });

  it('counts failed sign-ins and the lock that they cause', async () => {
    const { username } = await registerAndVerify(gateway);
    const guess = () => login(gateway, { username, password: 'not-the-right-one' });
    expect(
      await added(async () => {
        for (let guesses = 0; guesses < 3; guesses++) await guess();
      }),
    ).toEqual({ failedSignIns: 3, lockouts: 1 });
  });

  it('returns every interval that has a moment in the range, in UTC', async () => {
    const day = async (from: string, to: string) =>
      expectData(await read(from, to, 'DAY')).authStatistics.map((one) => one.start.slice(0, 10));
    expect(await day('2024-02-28T00:00:00Z', '2024-03-01T00:00:00Z')).toEqual(['2024-02-28', '2024-02-29']);
    expect(await day('2024-02-28T23:59:59.999Z', '2024-03-01T00:00:00.001Z')).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ]);
    // 23:30 on 30 March in UTC, and the night in which Berlin changes its clocks.
    expect(await day('2024-03-31T00:30:00+01:00', '2024-04-01T00:00:00+02:00')).toEqual([
      '2024-03-30',
      '2024-03-31',
    ]);
    const { authStatistics } = expectData(await read('2024-03-31T00:15:00Z', '2024-03-31T03:00:00Z', 'HOUR'));
    expect(authStatistics).toEqual(
      ['00', '01', '02'].map((hour) => ({ ...NOTHING, start: `2024-03-31T${hour}:00:00.000Z` })),
    );
  });

  it('refuses a range that is empty, reversed or longer than 400 intervals', async () => {
    const refusal = async (from: string, to: string, interval: 'HOUR' | 'DAY' = 'DAY') =>
      (await read(from, to, interval)).errors[0]?.extensions;
    const expected = { code: 'BAD_USER_INPUT', fieldErrors: [{ field: 'to', message: expect.any(String) }] };
    for (const [from, to, interval] of [
      ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
      ['2024-01-02T00:00:00Z', '2024-01-01T00:00:00Z'],
      ['2024-01-01T00:00:00Z', '2025-02-04T00:00:00.001Z'],
      ['2024-01-01T23:00:00Z', '2025-02-04T01:00:00Z'],
      ['2024-01-01T00:00:00Z', '2024-01-17T16:00:00.001Z', 'HOUR'],
      ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
    ] as const)
      expect(await refusal(from, to, interval), `${from} to ${to}`).toMatchObject(expected);
    expect(await refusal('2024-01-01T00:00:00Z', '2025-02-04T00:00:00Z')).toBeUndefined();
    expect(await refusal('2024-01-01T00:00:00Z', '2024-01-17T16:00:00Z', 'HOUR')).toBeUndefined();
  });

  it('answers for the first and the last years', async () => {
    for (const [from, to, length] of [
      ['0001-01-01T00:00:00Z', '0001-01-02T00:00:00Z', 1],
      ['0001-01-01T00:00:00+14:00', '0001-01-01T05:00:00Z', 1],
      ['9999-12-30T00:00:00Z', '9999-12-31T23:59:59.999Z', 2],
      ['9999-12-31T00:00:00Z', '9999-12-31T23:00:00-12:00', 1],
    ] as const) {
      const { authStatistics } = expectData(await read(from, to, 'DAY'));
      expect(authStatistics, from).toHaveLength(length);
      expect(authStatistics[0], from).toMatchObject({ ...NOTHING, start: expect.stringMatching(/T00:00/) });
    }
  });
});

describeOnPostgresFirst('authStatistics without verified addresses', ({ start }) => {
  it('counts a registration at once, and not again when its address is verified', async () => {
    const { gateway, admin } = await startWithAdmin(start, { REQUIRE_VERIFIED_EMAIL: 'false' });
    const account = someone();
    const added = (work: () => Promise<unknown>) => addedBy(gateway, admin, work);
    expect(await added(async () => expectData(await register(gateway, account)))).toEqual({
      registrations: 1,
    });
    const token = tokenIn(await verificationMail(gateway, account.email));
    const verify = `mutation { verifyEmail(token: "${token}") { email } }`;
    expect(await added(async () => expectData(await gateway.client.runRaw(verify)))).toEqual({});
  });
});

describeOnBackends('accountTotals', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start, { LOCKOUT_THRESHOLD: '2' }));
  });

  const totals = async () =>
    expectData(await gateway.client.run(AccountTotalsDocument, {}, { token: admin.token })).accountTotals;

  async function added(work: () => Promise<unknown>): Promise<Partial<Totals>> {
    const before = await totals();
    await work();
    const after = await totals();
    const names = Object.keys(after).filter((name) => name !== '__typename') as Exclude<
      keyof Totals,
      '__typename'
    >[];
    return Object.fromEntries(
      names.filter((one) => after[one] !== before[one]).map((one) => [one, after[one] - before[one]]),
    );
  }

  it('counts the first admin', async () => {
    expect(await totals()).toMatchObject({
      users: 1,
      staff: 0,
      admins: 1,
      deactivated: 0,
      locked: 0,
      twoFactorEnabled: 0,
      withPasskey: 0,
      liveSessions: 1,
    });
  });

  it('counts an account at once, but not a registration that waits', async () => {
    expect(await added(async () => expectData(await register(gateway, someone())))).toEqual({});
    expect(await added(() => registerAndVerify(gateway))).toEqual({ users: 1 });
    expect(await added(() => invited(gateway, admin, { role: 'STAFF' }))).toEqual({ users: 1, staff: 1 });
    expect(await added(() => invited(gateway, admin, { role: 'ADMIN' }))).toEqual({ users: 1, admins: 1 });
  });

  it('counts sessions, passkeys, second factors, locks and deactivated accounts', async () => {
    const account = await registerAndVerify(gateway);
    const user = await signIn(gateway, account);
    expect(await added(() => signIn(gateway, account))).toEqual({ liveSessions: 1 });
    expect(await added(() => addPasskey(gateway, user.accessToken))).toEqual({ withPasskey: 1 });
    expect(await added(() => addPasskey(gateway, user.accessToken))).toEqual({});
    expect(await added(() => protectedAccount(gateway))).toMatchObject({ users: 1, twoFactorEnabled: 1 });
    const guess = () => login(gateway, { username: account.username, password: 'not-the-right-one' });
    expect(await added(async () => [await guess(), await guess()])).toEqual({ locked: 1 });
    const { id } = user.user;
    const deactivate = async () =>
      expectData(await gateway.client.run(DeactivateUserDocument, { id }, { token: admin.token }));
    expect(await added(deactivate)).toEqual({ deactivated: 1, liveSessions: -2 });
  });
});
