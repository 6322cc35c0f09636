import { beforeAll, describe, expect, it } from 'vitest';
import {
  ActivateUserDocument,
  CreateUserDocument,
  DeactivateUserDocument,
  ForgottenPasswordDocument,
  MeDocument,
  MyTwoFactorDocument,
  RefreshTokenDocument,
  ResetUserTwoFactorDocument,
  RevokeUserSessionsDocument,
  UnlockUserDocument,
  UpdateUserDocument,
  type UpdateUserInput,
  UserByIdDocument,
  VerifyEmailDocument,
} from '../../generated/graphql.js';
import { login, signIn, someone } from '../../support/accounts.js';
import {
  entered,
  invited,
  member,
  NOBODY,
  redeem,
  type SignedInUser,
  startWithAdmin,
} from '../../support/administration.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends } from '../../support/in-process.js';
import { hasToken, linkIn, mailsTo, tokenIn } from '../../support/mailbox.js';
import { challenge, enable, protectedAccount, secondStep, setUp } from '../../support/totp.js';
import { sleep } from '../../support/wait.js';

describeOnBackends('administration', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start, { LOCKOUT_THRESHOLD: '3' }));
  });

  const byAdmin = () => ({ token: admin.token });
  const me = (token: string) => gateway.client.run(MeDocument, {}, { token });
  const userOf = async (id: string, token = admin.token) =>
    expectData(await gateway.client.run(UserByIdDocument, { id }, { token })).user;
  const update = (id: string, input: UpdateUserInput, token = admin.token) =>
    gateway.client.run(UpdateUserDocument, { id, input }, { token });

  async function expectSignedOut(user: SignedInUser) {
    expect(expectCode(await me(user.token), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    const { refreshToken } = user;
    expectCode(await gateway.client.run(RefreshTokenDocument, { refreshToken }), 'TOKEN_INVALID');
  }

  it('starts with the admin that the environment configures', async () => {
    const { user } = await signIn(gateway, admin);
    expect(user).toMatchObject({ username: admin.username, email: admin.email, role: 'ADMIN' });
    const mail = await gateway.mail.waitForMail(admin.email, hasToken);
    const { origin, pathname } = linkIn(mail);
    expect(origin + pathname).toBe(`${gateway.url}/accept-invitation`);
    expect(mail.text).toContain(admin.username);
  });

  describe('an invitation', () => {
    it('creates an account without a password, and verifies the address', async () => {
      const { password, ...person } = someone();
      const input = { ...person, displayName: 'Grace Hopper', role: 'STAFF' as const };
      const { createUser } = expectData(await gateway.client.run(CreateUserDocument, { input }, byAdmin()));
      expect(createUser).toMatchObject({ ...input, emailVerified: false, isActive: true, lastLoginAt: null });
      expectCode(await login(gateway, { ...person, password }), 'INVALID_CREDENTIALS');

      const token = tokenIn(await gateway.mail.waitForMail(person.email, hasToken));
      expectCode(await redeem(gateway, token, 'short'), 'BAD_USER_INPUT');
      expectData(await redeem(gateway, token, password));
      expectCode(await redeem(gateway, token, password), 'TOKEN_INVALID');
      const { user } = await signIn(gateway, { ...person, password });
      expect(user).toMatchObject({ emailVerified: true, role: 'STAFF', displayName: 'Grace Hopper' });
    });

    it('is refused for a taken or malformed username or address', async () => {
      const there = await invited(gateway, admin);
      const create = (input: Partial<typeof there>) => {
        const { username, email } = { ...someone(), ...input };
        return gateway.client.run(
          CreateUserDocument,
          { input: { username, email, role: 'CUSTOMER' } },
          byAdmin(),
        );
      };
      expectCode(await create({ username: there.username.toUpperCase() }), 'USERNAME_TAKEN');
      expectCode(await create({ email: there.email.toUpperCase() }), 'EMAIL_TAKEN');
      const { fieldErrors } = expectCode(
        await create({ username: 'a b', email: 'nobody' }),
        'BAD_USER_INPUT',
      );
      expect(fieldErrors?.map(({ field }) => field).sort()).toEqual(['email', 'username']);
    });
  });

  describe('an update of a user', () => {
    it('changes the names of a customer for staff, and keeps omitted fields', async () => {
      const [staff, customer] = [await member(gateway, admin, 'STAFF'), await member(gateway, admin)];
      const { username } = someone();
      const input = { username, displayName: 'Ada Lovelace' };
      const { updateUser } = expectData(await update(customer.id, input, staff.token));
      expect(updateUser).toMatchObject({ ...input, email: customer.email, emailVerified: true });
      expect(await userOf(customer.id, staff.token)).toEqual(updateUser);
      const cleared = expectData(await update(customer.id, { displayName: null }, staff.token)).updateUser;
      expect(cleared).toMatchObject({ username, displayName: null });
      expectData(await me(customer.token));
    });

    it('requires a new verification of a changed address, and notifies the old one', async () => {
      const customer = await member(gateway, admin);
      const { email } = someone();
      const { updateUser } = expectData(await update(customer.id, { email }));
      expect(updateUser).toMatchObject({ email, emailVerified: false });
      const notice = (mail: { text: string }) => mail.text.includes(email);
      await gateway.mail.waitForMail(customer.email, notice);
      expectCode(await login(gateway, customer), 'EMAIL_NOT_VERIFIED');
      const token = tokenIn(await gateway.mail.waitForMail(email, hasToken));
      expectData(await gateway.client.run(VerifyEmailDocument, { token }));
      expect((await signIn(gateway, customer)).user).toMatchObject({ email, emailVerified: true });
    });

    it('is refused for a taken username or address, and for null', async () => {
      const [one, other] = [await invited(gateway, admin), await invited(gateway, admin)];
      expectCode(await update(one.id, { username: other.username.toUpperCase() }), 'USERNAME_TAKEN');
      expectCode(await update(one.id, { email: other.email.toUpperCase() }), 'EMAIL_TAKEN');
      const { fieldErrors } = expectCode(
        await update(one.id, { username: null, email: null }),
        'BAD_USER_INPUT',
      );
      expect(fieldErrors?.map(({ field }) => field).sort()).toEqual(['email', 'username']);
    });

    it('ends all sessions if the role changes; the next session has the new role', async () => {
      const user = await member(gateway, admin);
      expectCode(await gateway.client.run(UserByIdDocument, { id: admin.id }, user), 'FORBIDDEN');
      expect(expectData(await update(user.id, { role: 'STAFF' })).updateUser.role).toBe('STAFF');
      await expectSignedOut(user);
      const { token } = await entered(gateway, user);
      expect((await userOf(admin.id, token))?.username).toBe(admin.username);
    });
  });

  describe('a deactivation', () => {
    it('ends all sessions, and is reported only after the right password', async () => {
      const user = await member(gateway, admin);
      const { deactivateUser } = expectData(
        await gateway.client.run(DeactivateUserDocument, { id: user.id }, byAdmin()),
      );
      expect(deactivateUser.isActive).toBe(false);
      await expectSignedOut(user);
      expectCode(await login(gateway, user), 'ACCOUNT_DISABLED');
      expectCode(await login(gateway, { ...user, password: 'another-right-one' }), 'INVALID_CREDENTIALS');

      const { activateUser } = expectData(
        await gateway.client.run(ActivateUserDocument, { id: user.id }, byAdmin()),
      );
      expect(activateUser.isActive).toBe(true);
      await expectSignedOut(user);
      await signIn(gateway, user);
    });

    it('stops mails and voids the invitation', async () => {
      const user = await invited(gateway, admin);
      const token = tokenIn(await gateway.mail.waitForMail(user.email, hasToken));
      expectData(await gateway.client.run(DeactivateUserDocument, { id: user.id }, byAdmin()));
      expectCode(await redeem(gateway, token, user.password), 'TOKEN_INVALID');
      expectData(await gateway.client.run(ForgottenPasswordDocument, { email: user.email }));
      for (let attempt = 0; attempt < 4; attempt++) await login(gateway, user);
      await sleep(2500);
      expect(mailsTo(await gateway.mail.mails(), user.email).map(({ subject }) => subject)).toHaveLength(1);
      expectData(await gateway.client.run(ActivateUserDocument, { id: user.id }, byAdmin()));
      expectCode(await redeem(gateway, token, user.password), 'TOKEN_INVALID');
    });
  });

  it('unlocks an account that was locked by its username or its address', async () => {
    const user = await member(gateway, admin);
    for (const username of [user.username, user.email]) {
      const guess = { username, password: 'not-the-right-one' };
      for (let attempt = 0; attempt < 3; attempt++) await login(gateway, guess);
      expectCode(await login(gateway, { ...user, username }), 'ACCOUNT_LOCKED');
      expect(Date.parse((await userOf(user.id))?.lockedUntil ?? '')).toBeGreaterThan(Date.now());
      const { unlockUser } = expectData(
        await gateway.client.run(UnlockUserDocument, { id: user.id }, byAdmin()),
      );
      expect(unlockUser.lockedUntil).toBeNull();
      await signIn(gateway, { ...user, username });
    }
  });

  it('ends all sessions of a user, and no others', async () => {
    const user = await member(gateway, admin);
    const again = await entered(gateway, user);
    expectData(await gateway.client.run(RevokeUserSessionsDocument, { id: user.id }, byAdmin()));
    await expectSignedOut(user);
    await expectSignedOut(again);
    await signIn(gateway, user);
    expectData(await me(admin.token));
  });

  it('removes a lost second factor, and notifies the user', async () => {
    const user = await protectedAccount(gateway);
    const { id } = expectData(await gateway.client.run(MyTwoFactorDocument, {}, user)).me ?? {};
    const reset = () => gateway.client.run(ResetUserTwoFactorDocument, { id: id ?? '' }, byAdmin());
    expect((await userOf(id ?? ''))?.twoFactorEnabled).toBe(true);
    expect(expectData(await reset()).resetUserTwoFactor.twoFactorEnabled).toBe(false);
    await gateway.mail.waitForMail(user.email, ({ subject }) => /two-factor|second/i.test(subject));
    await signIn(gateway, user);
    expectCode(await reset(), 'TWO_FACTOR_NOT_ENABLED');

    // An unconfirmed setup is not a second factor.
    expectData(await setUp(gateway, user.token, user.password));
    expectCode(await reset(), 'TWO_FACTOR_NOT_ENABLED');
  });

  it('lifts the lockout of the second factor when it is removed', async () => {
    const user = await protectedAccount(gateway);
    const { id } = expectData(await gateway.client.run(MyTwoFactorDocument, {}, user)).me ?? {};
    for (let failure = 0; failure < 5; failure += 1) {
      const { challengeToken } = await challenge(gateway, user);
      expectCode(await secondStep(gateway, challengeToken, '000000'), 'INVALID_TWO_FACTOR_CODE');
    }
    const { challengeToken } = await challenge(gateway, user);
    expectCode(await secondStep(gateway, challengeToken, '000000'), 'ACCOUNT_LOCKED');
    expectData(await gateway.client.run(ResetUserTwoFactorDocument, { id: id ?? '' }, byAdmin()));
    expectData(await setUp(gateway, user.token, user.password));
    expectCode(await enable(gateway, user.token, '000000'), 'INVALID_TWO_FACTOR_CODE');
  });

  it('answers null for an unknown user', async () => {
    const { id } = await invited(gateway, admin);
    for (const unknown of [
      NOBODY,
      '',
      '1',
      'null',
      `${id} `,
      id.replaceAll('-', ''),
      `{${id}}`,
      "' OR 1=1 --",
    ])
      expect(await userOf(unknown), unknown).toBeNull();
    expect((await userOf(id.toUpperCase()))?.id).toBe(id);
  });
});
