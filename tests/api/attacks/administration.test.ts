import { beforeAll, describe, expect, it } from 'vitest';
import {
  ActivateUserDocument,
  DeactivateUserDocument,
  MeDocument,
  ResetUserTwoFactorDocument,
  RevokeSessionDocument,
  RevokeUserSessionsDocument,
  type Role,
  UnlockUserDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
  type UpdateUserInput,
  UserByIdDocument,
} from '../../generated/graphql.js';
import { register, someone } from '../../support/accounts.js';
import { invited, member, NOBODY, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectCode, expectData } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';

describeOnPostgresFirst('attacks on administration', ({ start }) => {
  let gateway: Gateway;
  const users = {} as Record<Role, SignedInUser>;

  beforeAll(async () => {
    const begun = await startWithAdmin(start);
    gateway = begun.gateway;
    users.ADMIN = begun.admin;
    users.STAFF = await member(gateway, begun.admin, 'STAFF');
    users.CUSTOMER = await member(gateway, begun.admin, 'CUSTOMER');
  });

  const update = (as: SignedInUser, id: string, input: UpdateUserInput) =>
    gateway.client.run(UpdateUserDocument, { id, input }, { token: as.token });
  const stateOf = async (id: string) =>
    expectData(await gateway.client.run(UserByIdDocument, { id }, { token: users.ADMIN.token })).user;

  describe('role escalation', () => {
    it('refuses staff who edit staff or admins, including themselves', async () => {
      const colleague = await invited(gateway, users.ADMIN, { role: 'STAFF' });
      for (const { id } of [colleague, users.ADMIN, users.STAFF]) {
        const before = await stateOf(id);
        for (const input of [{ displayName: 'Owned' }, { email: someone().email }, {}])
          expectCode(await update(users.STAFF, id, input), 'FORBIDDEN');
        expect(await stateOf(id)).toEqual(before);
      }
    });

    it('refuses staff who set any role on any user', async () => {
      for (const { id } of [users.CUSTOMER, users.STAFF, users.ADMIN, { id: NOBODY }]) {
        const before = await stateOf(id);
        for (const role of ['CUSTOMER', 'STAFF', 'ADMIN'] as const)
          expectCode(await update(users.STAFF, id, { role, displayName: 'Owned' }), 'FORBIDDEN');
        expect(await stateOf(id)).toEqual(before);
      }
    });

    it('refuses an edit by staff if the user becomes an admin at the same time', async () => {
      for (let round = 0; round < 10; round++) {
        const rising = await invited(gateway, users.ADMIN);
        const [, edit] = await Promise.all([
          update(users.ADMIN, rising.id, { role: 'ADMIN' }),
          update(users.STAFF, rising.id, { displayName: 'Owned' }),
        ]);
        // The edit either came first or was refused.
        expect(['none', 'FORBIDDEN']).toContain(codeOf(edit.errors));
        expect((await stateOf(rising.id))?.role).toBe('ADMIN');
      }
    });

    it('refuses users who raise their own role', async () => {
      for (const role of ['CUSTOMER', 'STAFF'] as const) {
        expectCode(await update(users[role], users[role].id, { role: 'ADMIN' }), 'FORBIDDEN');
        expect((await stateOf(users[role].id))?.role).toBe(role);
      }
    });

    it('refuses customers and staff in the operations for admins', async () => {
      const target = await invited(gateway, users.ADMIN);
      const { id } = target;
      const operations = [
        `mutation { createUser(input: { username: "x-y-z", email: "xyz@example.com" }) { id } }`,
        ...['deactivateUser', 'activateUser', 'unlockUser', 'resetUserTwoFactor'].map(
          (name) => `mutation { ${name}(id: "${id}") { id } }`,
        ),
        `mutation { revokeUserSessions(id: "${id}") { success } }`,
        '{ users { nodes { id } } }',
        '{ users { totalCount } }',
        '{ auditEvents { nodes { id } } }',
      ];
      for (const query of operations) {
        for (const role of ['CUSTOMER', 'STAFF'] as const) {
          const { token } = users[role];
          expectCode(await gateway.client.runRaw(query, {}, { token }), 'FORBIDDEN');
        }
        expectCode(await gateway.client.runRaw(query), 'UNAUTHENTICATED');
      }
      const byId = `{ user(id: "${id}") { id } }`;
      expectCode(await gateway.client.runRaw(byId, {}, { token: users.CUSTOMER.token }), 'FORBIDDEN');
      expectCode(await gateway.client.runRaw(byId), 'UNAUTHENTICATED');
    });
  });

  it('refuses unknown input fields before it changes anything', async () => {
    const { id } = users.CUSTOMER;
    const before = await stateOf(id);
    const smuggled = {
      id: users.ADMIN.id,
      isActive: false,
      emailVerified: true,
      passwordHash: 'x',
      pending: true,
      createdAt: '2000-01-01T00:00:00.000Z',
      __proto__x: 1,
      constructor: {},
    };
    for (const [name, value] of Object.entries(smuggled)) {
      const input = { displayName: 'Owned', [name]: value } as UpdateUserInput;
      expectCode(await update(users.ADMIN, id, input), 'BAD_USER_INPUT');
      const own = { input: input as { displayName: string } };
      const { token } = users.CUSTOMER;
      expectCode(await gateway.client.run(UpdateProfileDocument, own, { token }), 'BAD_USER_INPUT');
      const created = { ...someone(), password: undefined, [name]: value };
      const query = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }';
      const result = await gateway.client.runRaw(query, { input: created }, { token: users.ADMIN.token });
      expectCode(result, 'BAD_USER_INPUT');
    }
    const inline = `mutation { updateUser(id: "${id}", input: { isActive: false }) { id } }`;
    const refused = await gateway.client.runRaw(inline, {}, { token: users.ADMIN.token });
    expectCode(refused, 'GRAPHQL_VALIDATION_FAILED');
    for (const own of [{ role: 'ADMIN' }, { email: 'me@example.com' }] as object[]) {
      const { token } = users.CUSTOMER;
      expectCode(
        await gateway.client.run(UpdateProfileDocument, { input: own }, { token }),
        'BAD_USER_INPUT',
      );
    }
    expect(await stateOf(id)).toEqual(before);
  });

  it('answers NOT_FOUND to an unknown or malformed id, in every argument', async () => {
    const pending = someone();
    expectData(await register(gateway, pending));
    const { token } = users.ADMIN;
    const none = [
      NOBODY,
      '',
      '1',
      '-1',
      'null',
      `${users.CUSTOMER.id}0`,
      "'; DROP TABLE users; --",
      '\0',
      '😀',
    ];
    // The id of a session is not the id of a user.
    none.push(users.CUSTOMER.session.id, 'x'.repeat(9000));
    for (const id of none) {
      const results = [
        await update(users.ADMIN, id, { displayName: 'Nobody' }),
        await update(users.ADMIN, id, { role: 'ADMIN' }),
        await update(users.STAFF, id, { displayName: 'Nobody' }),
        await gateway.client.run(DeactivateUserDocument, { id }, { token }),
        await gateway.client.run(ActivateUserDocument, { id }, { token }),
        await gateway.client.run(UnlockUserDocument, { id }, { token }),
        await gateway.client.run(RevokeUserSessionsDocument, { id }, { token }),
        await gateway.client.run(ResetUserTwoFactorDocument, { id }, { token }),
      ];
      for (const result of results) expectCode(result, 'NOT_FOUND');
      expect(new Set(results.map(({ errors }) => errors[0]?.message)).size).toBe(1);
    }
    expectCode(
      await gateway.client.run(RevokeSessionDocument, { id: users.CUSTOMER.id }, { token }),
      'NOT_FOUND',
    );
    expectData(await gateway.client.run(MeDocument, {}, { token: users.CUSTOMER.token }));
  });
});
