import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, STRONG_PASSWORD, signIn, someone } from '../../support/accounts.js';
import { clone } from '../../support/cast.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, describeOnPostgres } from '../../support/in-process.js';
import { refresh } from '../../support/sessions.js';
import { letGrowOld, reauthenticate } from '../../support/step-up.js';
import { decode } from '../../support/tokens.js';
import { Authenticator, enable, protectedAccount, setUp } from '../../support/totp.js';
import { until } from '../../support/wait.js';

describeOnPostgres('reauthenticate', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
    await registerAndVerify(gateway);
  });

  it('answers the password with a token of the same session, authenticated now', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken, session } = await signIn(gateway, account);
    const other = await signIn(gateway, account);
    await letGrowOld(gateway, session.id);
    await letGrowOld(gateway, other.session.id);
    const answer = expectData(await reauthenticate(gateway, accessToken, { password: account.password }));
    const { claims } = decode(answer.reauthenticate.accessToken);
    const before = decode(accessToken).claims;
    expect(claims).toMatchObject({ sub: before.sub, sid: session.id, amr: ['pwd'] });
    const authenticatedAt = Date.parse(answer.reauthenticate.authenticatedAt);
    expect(claims.auth_time).toBe(Math.floor(authenticatedAt / 1000));
    expect(Math.abs(authenticatedAt - Date.now())).toBeLessThan(60_000);
    expect(answer.reauthenticate).toMatchObject({ tokenType: 'Bearer', expiresIn: expect.any(Number) });
    const [row] = await openDatabase(gateway)<{ old: boolean }[]>`
      select authenticated_at < now() - interval '1 hour' as old from sessions where id = ${other.session.id}`;
    expect(row?.old).toBe(true);
  });

  it('is kept by later refreshes', async () => {
    const account = await registerAndVerify(gateway);
    const signedIn = await signIn(gateway, account);
    await letGrowOld(gateway, signedIn.session.id);
    const { accessToken: fresh } = expectData(
      await reauthenticate(gateway, signedIn.accessToken, { password: account.password }),
    ).reauthenticate;
    const refreshed = expectData(await refresh(gateway, signedIn)).refreshToken;
    expect(decode(refreshed.accessToken).claims.auth_time).toBe(decode(fresh).claims.auth_time);
  });

  it('is recorded with the session and the methods', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken, session } = await signIn(gateway, account);
    expectData(await reauthenticate(gateway, accessToken, { password: account.password }));
    const [event] = await openDatabase(gateway)<{ details: unknown; actor_id: string }[]>`
      select details, actor_id from audit_events
      where type = 'REAUTHENTICATED' and subject_id = (select user_id from sessions where id = ${session.id})`;
    expect(event?.details).toEqual({ session: session.id, amr: 'pwd' });
  });

  it('accepts a code, and not the password alone, if the account has a second factor', async () => {
    const owner = await protectedAccount(gateway);
    const { sid } = decode(owner.token).claims;
    await letGrowOld(gateway, String(sid));
    const refused = await reauthenticate(gateway, owner.token, { password: owner.password });
    expectCode(refused, 'REAUTHENTICATION_REQUIRED');
    expect(refused.errors[0]?.extensions).toMatchObject({ maxAge: 900, methods: ['TOTP'] });
    const code = await owner.authenticator.freshCode();
    const { accessToken } = expectData(await reauthenticate(gateway, owner.token, { code })).reauthenticate;
    expect(decode(accessToken).claims).toMatchObject({ sid, amr: ['pwd', 'otp'] });
  });

  it('accepts a recovery code, which is consumed', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    const { secretKey, recoveryCodes } = expectData(
      await setUp(gateway, token, account.password),
    ).setupTwoFactor;
    expectData(await enable(gateway, token, await new Authenticator(secretKey, gateway).freshCode()));
    const code = recoveryCodes[0];
    expectData(await reauthenticate(gateway, token, { code }));
    expectCode(await reauthenticate(gateway, token, { code }), 'INVALID_TWO_FACTOR_CODE');
  });

  it('answers a code with TWO_FACTOR_NOT_ENABLED if the account has no second factor', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken } = await signIn(gateway, account);
    expectCode(await reauthenticate(gateway, accessToken, { code: '123456' }), 'TWO_FACTOR_NOT_ENABLED');
  });

  it.each([
    ['nothing', {}],
    ['a password and a code', { password: STRONG_PASSWORD, code: '123456' }],
    ['an empty password', { password: '' }],
    ['a password of 100,000 characters', { password: 'x'.repeat(90_000) }],
  ])('answers %s with BAD_USER_INPUT', async (_, input) => {
    const { token } = await clone(gateway, 'CUSTOMER');
    expectCode(await reauthenticate(gateway, token, input), 'BAD_USER_INPUT');
  });

  it('opens a guarded operation that has answered with the methods and the maximum age', async () => {
    const admin = await clone(gateway, 'ADMIN');
    const owner = await protectedAccount(gateway);
    const { sub } = decode(owner.token).claims;
    const reset = () =>
      gateway.client.runRaw(`mutation { resetUserTwoFactor(id: "${sub}") { twoFactorEnabled } }`, {}, admin);
    await letGrowOld(gateway, admin.sessionId);
    const refused = await reset();
    expectCode(refused, 'REAUTHENTICATION_REQUIRED');
    expect(refused.errors[0]?.extensions).toEqual({
      code: 'REAUTHENTICATION_REQUIRED',
      maxAge: 900,
      methods: ['PASSWORD'],
    });
    expectData(await reauthenticate(gateway, admin.token, { password: admin.password }));
    // The token from before works too: the time is that of the session.
    expect(expectData(await reset())).toEqual({ resetUserTwoFactor: { twoFactorEnabled: false } });
  });
});

describeOnPostgres('the password after a recent sign-in', ({ start }) => {
  let gateway: Gateway;
  const run = (token: string, mutation: string) =>
    gateway.client.runRaw(`mutation { ${mutation} }`, {}, { token });

  beforeAll(async () => {
    gateway = await start();
    await registerAndVerify(gateway);
  });

  it('can be left out in setupTwoFactor, regenerateRecoveryCodes, disableTwoFactor and changeEmail', async () => {
    const { token } = await clone(gateway, 'CUSTOMER');
    const setup = expectData(await run(token, 'setupTwoFactor(input: {}) { secretKey recoveryCodes }')) as {
      setupTwoFactor: { secretKey: string; recoveryCodes: string[] };
    };
    const { secretKey } = setup.setupTwoFactor;
    const authenticator = new Authenticator(secretKey, gateway);
    expectData(await enable(gateway, token, await authenticator.freshCode()));
    const code = await authenticator.freshCode();
    const codes = expectData(
      await run(token, `regenerateRecoveryCodes(input: { code: "${code}" }) { recoveryCodes }`),
    ) as { regenerateRecoveryCodes: { recoveryCodes: string[] } };
    const [recoveryCode] = codes.regenerateRecoveryCodes.recoveryCodes;
    expectData(await run(token, `disableTwoFactor(input: { code: "${recoveryCode}" }) { id }`));
    const { email } = someone();
    expectData(await run(token, `changeEmail(input: { newEmail: "${email}" }) { success }`));
    await gateway.mail.waitForMail(email);
  });

  it('is still required in changePassword', async () => {
    const { token } = await clone(gateway, 'CUSTOMER');
    const result = await run(
      token,
      'changePassword(input: { newPassword: "AnotherPassword456?", confirmPassword: "AnotherPassword456?" }) { success }',
    );
    expectCode(result, 'BAD_USER_INPUT');
    expect(result.errors[0]?.extensions.fieldErrors).toEqual([
      { field: 'currentPassword', message: 'Must not be empty.' },
    ]);
  });

  it('is set by changePassword if the account has none, and only then', async () => {
    const { token, sessionId, id, username } = await clone(gateway, 'CUSTOMER');
    await openDatabase(gateway)`update users set password_hash = null where id = ${id}`;
    const change = (current = '') =>
      run(
        token,
        `changePassword(input: { ${current} newPassword: "AnotherPassword456?", confirmPassword: "AnotherPassword456?" }) { success }`,
      );
    await letGrowOld(gateway, sessionId);
    const refused = await change();
    expectCode(refused, 'REAUTHENTICATION_REQUIRED');
    expect(refused.errors[0]?.extensions.methods).toEqual([]);
    expectCode(await change(`currentPassword: "${STRONG_PASSWORD}"`), 'INVALID_CREDENTIALS');
    await letGrowOld(gateway, sessionId, 0);
    expectData(await change());
    const account = { username, email: '', password: 'AnotherPassword456?' };
    expect((await signIn(gateway, account)).accessToken).not.toBe('');
  });
});

describeOnPostgres('STEP_UP_SECONDS', ({ start }) => {
  const reset = (gateway: Gateway, token: string) =>
    gateway.client.runRaw(
      'mutation { resetUserTwoFactor(id: "00000000-0000-4000-8000-000000000000") { id } }',
      {},
      { token },
    );

  describe.each([
    ['60', 59, 'NOT_FOUND'],
    ['60', 61, 'REAUTHENTICATION_REQUIRED'],
    ['0', 86_400, 'NOT_FOUND'],
  ] as const)('%s', (setting, age, code) => {
    it(`answers a guarded operation after ${age} seconds with ${code}`, async () => {
      const gateway = await start({ env: { STEP_UP_SECONDS: setting } });
      await registerAndVerify(gateway);
      const admin = await clone(gateway, 'ADMIN');
      await letGrowOld(gateway, admin.sessionId, age);
      expectCode(await reset(gateway, admin.token), code);
    });
  });

  it('0 does not make a password optional', async () => {
    const gateway = await start({ env: { STEP_UP_SECONDS: '0' } });
    await registerAndVerify(gateway);
    const { token, sessionId } = await clone(gateway, 'CUSTOMER');
    await letGrowOld(gateway, sessionId);
    const result = await gateway.client.runRaw(
      'mutation { setupTwoFactor(input: {}) { expiresAt } }',
      {},
      { token },
    );
    expectCode(result, 'REAUTHENTICATION_REQUIRED');
    expect(result.errors[0]?.extensions.maxAge).toBe(900);
  });
});

describeOnBackends('a recent authentication', ({ start }) => {
  it('is needed again after STEP_UP_SECONDS', async () => {
    const gateway = await start({ env: { STEP_UP_SECONDS: '1' } });
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    const setUpWithoutPassword = () =>
      gateway.client.runRaw('mutation { setupTwoFactor(input: {}) { expiresAt } }', {}, { token });
    await until('an old session', async () => (await setUpWithoutPassword()).errors.length > 0);
    expectCode(await setUpWithoutPassword(), 'REAUTHENTICATION_REQUIRED');
    expectData(await reauthenticate(gateway, token, { password: account.password }));
    expectData(await setUpWithoutPassword());
  });
});
