import { beforeAll, describe, expect, it } from 'vitest';
import {
  AuditLogDocument,
  type AuditLogQueryVariables,
  CountUsersDocument,
  UserPageDocument,
  type UserPageQueryVariables,
} from '../../generated/graphql.js';
import { invited, page, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst, startGateway } from '../../support/in-process.js';
import { alterAt } from '../../support/tokens.js';
import { ORDERS } from '../../support/user-pages.js';

describeOnPostgresFirst('attacks on pagination', ({ start, backend }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
    for (let i = 0; i < 5; i++) await invited(gateway, admin);
  });

  const users = (variables: UserPageQueryVariables, on = gateway) =>
    on.client.run(UserPageDocument, variables, { token: admin.token });
  const audit = (variables: AuditLogQueryVariables) =>
    gateway.client.run(AuditLogDocument, variables, { token: admin.token });
  const search = async (text: string) => users({ filter: { search: text } });
  const cursorOf = async (variables: UserPageQueryVariables = {}) =>
    (await page(gateway, admin.token, { first: 2, ...variables })).pageInfo.endCursor ?? '';

  describe('page sizes', () => {
    it('refuses sizes outside 1 to 100', async () => {
      for (const size of [0, 101, -1, 2_147_483_647, -2_147_483_648]) {
        expectCode(await users({ first: size }), 'BAD_USER_INPUT');
        expectCode(await users({ last: size }), 'BAD_USER_INPUT');
        expectCode(await audit({ first: size }), 'BAD_USER_INPUT');
      }
      for (const size of [1.5, '5', 2 ** 31, 1e300, true, [1]])
        expectCode(await users({ first: size as number }), 'BAD_USER_INPUT');
      expectData(await users({ first: 1 }));
      expectData(await users({ last: 100 }));
    });

    it('refuses pages from both ends at once', async () => {
      const cursor = await cursorOf();
      const both: UserPageQueryVariables[] = [
        { first: 2, last: 2 },
        { first: 2, before: cursor },
        { last: 2, after: cursor },
        { after: cursor, before: cursor },
      ];
      for (const variables of both) expectCode(await users(variables), 'BAD_USER_INPUT');
      expectData(await users({ first: 2, after: cursor, last: null, before: null }));
    });
  });

  describe('cursors', () => {
    it('refuses forged cursors', async () => {
      const cursor = await cursorOf();
      const bytes = Buffer.from(cursor, 'base64url');
      const forged = [
        '',
        'x',
        '0',
        'null',
        cursor.slice(0, -4),
        `${cursor}AAAA`,
        `${cursor}=`,
        ` ${cursor}`,
        cursor.repeat(2),
        Buffer.from(JSON.stringify([null, admin.id])).toString('base64url'),
        Buffer.from('{"offset":2}').toString('base64'),
        Buffer.concat([Buffer.alloc(16), bytes.subarray(16)]).toString('base64url'),
        bytes.subarray(0, 16).toString('base64url'),
        "' OR 1=1 --",
        '\0',
        '😀'.repeat(100),
        'A'.repeat(9999),
        ...Array.from({ length: cursor.length }, (_, at) => alterAt(cursor, at)),
      ];
      for (const after of forged) {
        expectCode(await users({ after }), 'BAD_USER_INPUT');
        expectCode(await audit({ after }), 'BAD_USER_INPUT');
      }
      for (const before of forged.slice(0, 12)) expectCode(await users({ before }), 'BAD_USER_INPUT');
    });

    it('refuses cursors of another order or list', async () => {
      const cursors = await Promise.all(ORDERS.map((orderBy) => cursorOf({ orderBy })));
      for (const [i, after] of cursors.entries())
        for (const [j, orderBy] of ORDERS.entries()) {
          const result = await users({ orderBy, after });
          if (i === j) expectData(result);
          else expectCode(result, 'BAD_USER_INPUT');
        }
      for (const after of cursors) expectCode(await audit({ after }), 'BAD_USER_INPUT');
      const { pageInfo } = expectData(await audit({ first: 1 })).auditEvents;
      for (const orderBy of ORDERS)
        expectCode(await users({ orderBy, after: pageInfo.endCursor }), 'BAD_USER_INPUT');
    });

    it('refuses cursors of another gateway, and accepts those of another node', async () => {
      const stranger = await startWithAdmin(start);
      const { pageInfo } = await page(stranger.gateway, stranger.admin.token, { first: 1 });
      expectCode(await users({ after: pageInfo.endCursor }), 'BAD_USER_INPUT');
      if (backend !== 'postgres') return;
      const node = await startGateway({ peer: gateway });
      expectData(await users({ after: await cursorOf() }, node));
    });

    it('keeps the position of a cursor whose user does not match the filter', async () => {
      const cursor = await cursorOf({ filter: { search: admin.username } });
      expect(expectData(await users({ filter: { search: 'user' }, after: cursor })).users.nodes).toEqual([]);
    });

    it('contains no password hash', async () => {
      const text = Buffer.from(
        await cursorOf({ orderBy: { field: 'CREATED_AT', direction: 'ASC' } }),
        'base64url',
      );
      expect(text.toString('latin1')).not.toMatch(/\$2|argon|password/i);
    });
  });

  describe('the search', () => {
    it('treats the wildcards of LIKE and SQL syntax literally', async () => {
      const odd = [
        '100%',
        'a_b',
        'back\\slash',
        `it's "quoted"`,
        '$1 :x ?',
        '😀 smile',
        '%_\\',
        "'; DROP TABLE users; --",
      ];
      const ids = new Map<string, string>();
      for (const displayName of odd)
        ids.set(displayName, (await invited(gateway, admin, { displayName })).id);
      for (const displayName of odd) {
        const { nodes } = expectData(await search(displayName)).users;
        expect(
          nodes.map(({ id }) => id),
          displayName,
        ).toEqual([ids.get(displayName)]);
      }
      const findsOnly = async (text: string, names: string[]) => {
        const found = expectData(await search(text)).users.nodes.map((node) => node.displayName);
        expect(found.sort(), text).toEqual(names.sort());
      };
      await findsOnly('%', ['100%', '%_\\']);
      await findsOnly('\\', ['back\\slash', '%_\\']);
      await findsOnly('_', ['a_b', '%_\\']);
      await findsOnly('%%', []);
      await findsOnly('\\\\', []);
      await findsOnly('"', [`it's "quoted"`]);
      await findsOnly('😀', ['😀 smile']);
    });

    it('refuses invalid or too long text, in the list and in the count', async () => {
      for (const text of ['\0', 'ada\0', '\ud800', 'x'.repeat(257), 'x'.repeat(10_000), '😀'.repeat(3000)]) {
        expectCode(await search(text), 'BAD_USER_INPUT');
        const counted = await gateway.client.run(
          CountUsersDocument,
          { filter: { search: text } },
          { token: admin.token },
        );
        expectCode(counted, 'BAD_USER_INPUT');
      }
      for (const text of ['%'.repeat(256), '\\'.repeat(256), '😀'.repeat(256), '_'.repeat(256)])
        expect(expectData(await search(text)).users.nodes).toEqual([]);
    });
  });

  it('refuses invalid dates and enum values', async () => {
    const filters = [
      { createdAfter: 'yesterday' },
      { createdAfter: '2026-13-01T00:00:00Z' },
      { createdBefore: "'; --" },
      { roles: ['OWNER'] },
      { roles: ["ADMIN' OR 1=1"] },
      { isActive: 'yes' },
      { passwordHash: 'x' },
      { search: 5 },
    ];
    for (const filter of filters) expectCode(await users({ filter: filter as object }), 'BAD_USER_INPUT');
    for (const date of ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])
      for (const filter of [{ createdAfter: date }, { createdBefore: date }])
        expectData(await users({ filter }));
    for (const filter of [{ actorId: 'x' }, { subjectId: "' OR 1=1" }, { subjectId: '\0' }, { types: [] }])
      expect(expectData(await audit({ filter })).auditEvents.nodes).toEqual([]);
    expectCode(await audit({ filter: { types: ['X'] } as object }), 'BAD_USER_INPUT');
  });
});
