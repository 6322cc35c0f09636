import { beforeAll, describe, expect, it } from 'vitest';
import {
  CountUsersDocument,
  DeactivateUserDocument,
  UpdateUserDocument,
  type UserFilter,
} from '../../generated/graphql.js';
import { register, someone } from '../../support/accounts.js';
import {
  type Administered,
  invited,
  member,
  page,
  type SignedInUser,
  startWithAdmin,
} from '../../support/administration.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, startGateway } from '../../support/in-process.js';
import { protectedAccount } from '../../support/totp.js';
import { idsOf, ORDERS, type Row, sorted, walk } from '../../support/user-pages.js';
import { until } from '../../support/wait.js';

const SIZE = 7;

describeOnBackends('the users connection', ({ start, backend }) => {
  let gateway: Gateway;
  let admin: SignedInUser;
  let all: Row[];
  const made: Record<string, Administered> = {};

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
    // Usernames whose order depends on letter case, and on characters that some collations ignore.
    const usernames = ['bob', 'Alice', 'a-lice', 'a.lice', 'a_lice', 'Zoe', 'zoE2', '007', '---', 'Bob.B'];
    for (const username of usernames) made[username] = await invited(gateway, admin, { username });
    for (let i = 0; i < 12; i++)
      await Promise.all([
        invited(gateway, admin),
        invited(gateway, admin, { role: i % 4 === 0 ? 'STAFF' : 'CUSTOMER' }),
      ]);
    for (let i = 0; i < 5; i++) await member(gateway, admin, i === 0 ? 'STAFF' : 'CUSTOMER');
    expectData(await register(gateway, someone()));
    all = (await page(gateway, admin.token, { first: 100 })).nodes;
  });

  const count = async (filter: UserFilter) =>
    expectData(await gateway.client.run(CountUsersDocument, { filter }, { token: admin.token })).users
      .totalCount;
  const find = async (filter: UserFilter) =>
    (await page(gateway, admin.token, { filter, first: 100 })).nodes.map(({ username }) => username);

  it('lists all users except pending registrations', async () => {
    expect(all).toHaveLength(1 + 10 + 24 + 5);
    expect(await count({})).toBe(all.length);
    expect(idsOf((await page(gateway, admin.token, {})).nodes)).toEqual(idsOf(all.slice(0, 20)));
  });

  for (const orderBy of ORDERS) {
    it(`pages by ${orderBy.field} ${orderBy.direction} from both ends in the same order`, async () => {
      const expected = idsOf(sorted(all, orderBy));
      const forward = await walk(gateway, admin.token, { orderBy, size: SIZE });
      expect(idsOf(forward.flatMap(({ nodes }) => nodes))).toEqual(expected);
      const backward = await walk(gateway, admin.token, { orderBy, size: SIZE, backward: true });
      expect(idsOf(backward.reverse().flatMap(({ nodes }) => nodes))).toEqual(expected);

      for (const pages of [forward, backward]) {
        pages.forEach(({ edges, nodes, pageInfo }, i) => {
          expect(pageInfo).toEqual({
            hasPreviousPage: i > 0,
            hasNextPage: i < pages.length - 1,
            startCursor: edges[0]?.cursor,
            endCursor: edges.at(-1)?.cursor,
          });
          expect(edges).toHaveLength(nodes.length);
        });
      }
      // A page that ends at the end of the list has no next page.
      const whole = await walk(gateway, admin.token, { orderBy, size: all.length / 2 });
      expect(whole.map(({ nodes }) => nodes.length)).toEqual([all.length / 2, all.length / 2]);
    });
  }

  it('sorts users who never signed in first', async () => {
    const orderBy = { field: 'LAST_LOGIN_AT', direction: 'ASC' } as const;
    const rising = (await page(gateway, admin.token, { orderBy, first: 100 })).nodes.map(
      (row) => row.lastLoginAt,
    );
    expect(rising.slice(0, -6).every((at) => at === null)).toBe(true);
    expect(rising.slice(-6).every((at) => at !== null)).toBe(true);
  });

  it('pages from any cursor in both directions', async () => {
    const orderBy = { field: 'USERNAME', direction: 'ASC' } as const;
    const { edges, nodes } = await page(gateway, admin.token, { orderBy, first: 100 });
    for (const at of [0, 1, 20, nodes.length - 1]) {
      const cursor = edges[at]?.cursor;
      const after = await page(gateway, admin.token, { orderBy, first: 3, after: cursor });
      expect(idsOf(after.nodes)).toEqual(idsOf(nodes.slice(at + 1, at + 4)));
      const before = await page(gateway, admin.token, { orderBy, last: 3, before: cursor });
      expect(idsOf(before.nodes)).toEqual(idsOf(nodes.slice(Math.max(0, at - 3), at)));
    }
    const beyond = await page(gateway, admin.token, { orderBy, after: edges.at(-1)?.cursor });
    const none = { hasNextPage: false, startCursor: null, endCursor: null };
    expect(beyond).toEqual({ edges: [], nodes: [], pageInfo: { ...none, hasPreviousPage: true } });
    const nobody = await page(gateway, admin.token, { filter: { search: 'nobody has this' } });
    expect(nobody).toEqual({ edges: [], nodes: [], pageInfo: { ...none, hasPreviousPage: false } });
  });

  describe('a filter', () => {
    it('matches each property, and all together', async () => {
      const guarded = await protectedAccount(gateway);
      const closed = await member(gateway, admin, 'STAFF');
      expectData(await gateway.client.run(DeactivateUserDocument, { id: closed.id }, { token: admin.token }));
      const { username } = closed;
      const now = await page(gateway, admin.token, { first: 100 });
      const total = now.nodes.length;

      expect(await find({ isActive: false })).toEqual([username]);
      expect(await count({ isActive: true })).toBe(total - 1);
      expect(await find({ twoFactorEnabled: true })).toEqual([guarded.username]);
      expect(await count({ twoFactorEnabled: false })).toBe(total - 1);
      expect(await find({ roles: ['ADMIN'] })).toEqual([admin.username]);
      expect(await count({ roles: ['STAFF', 'ADMIN'] })).toBe(1 + 3 + 1 + 1);
      expect(await count({ roles: [] })).toBe(0);
      expect(await count({ emailVerified: true })).toBe(1 + 5 + 2);
      expect(await count({ emailVerified: false })).toBe(34);
      expect(await find({ locked: true })).toEqual([]);
      expect(await count({ locked: false })).toBe(total);

      const createdAt = now.nodes.find((row) => row.username === username)?.createdAt ?? '';
      expect(await find({ createdAfter: createdAt })).toEqual([]);
      expect(await count({ createdBefore: createdAt })).toBe(total - 1);
      const all = {
        roles: ['STAFF'],
        isActive: false,
        emailVerified: true,
        twoFactorEnabled: false,
      } as const;
      const exact = {
        ...all,
        roles: [...all.roles],
        locked: false,
        search: username.slice(2, 9).toUpperCase(),
      };
      expect(await find(exact)).toEqual([username]);
      expect(await find({ ...exact, emailVerified: false })).toEqual([]);
      expect(await find({ ...exact, createdAfter: createdAt })).toEqual([]);
      const nothing = { search: null, roles: null, isActive: null, locked: null, createdAfter: null };
      expect(await count(nothing)).toBe(total);
    });

    it('matches locked users until they are unlocked', async () => {
      const user = await member(gateway, admin);
      const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
      const input = { identifier: user.username, password: 'not-the-right-one' };
      for (let attempt = 0; attempt < 5; attempt++) await gateway.client.runRaw(query, { input });
      expect(await find({ locked: true })).toEqual([user.username]);
      expect(await find({ locked: false })).not.toContain(user.username);
      const unlock = `mutation { unlockUser(id: "${user.id}") { id } }`;
      expectData(await gateway.client.runRaw(unlock, {}, { token: admin.token }));
      expect(await find({ locked: true })).toEqual([]);
    });
  });

  describe('a search', () => {
    it('finds part of the username, display name or address, in any letter case', async () => {
      const { username, email } = someone();
      const displayName = 'Ængström Łukasz-ÇELİK Ωmega';
      await invited(gateway, admin, { username, email, displayName });
      const parts = [
        username,
        email,
        displayName,
        username.slice(3, 12),
        email.slice(4, 20),
        'ström Łu',
        'k',
        'Ωm',
      ];
      for (const part of parts)
        for (const search of [part, part.toLowerCase().replace('i̇', 'İ'), part.toUpperCase()])
          expect(await find({ search }), search).toContain(username);
      expect(await find({ search: displayName })).toEqual([username]);
      expect(await find({ search: email.toUpperCase() })).toEqual([username]);
    });

    it('does not match text that spans two fields', async () => {
      const { username, email } = someone();
      await invited(gateway, admin, { username, email, displayName: 'Two Names' });
      for (const search of ['\n', `${username}\n`, `${username}\nTwo`, `Names\n${email}`, `${username}Two`])
        expect(await find({ search }), JSON.stringify(search)).toEqual([]);
    });

    it('finds all users if the text is empty', async () => {
      expect(await count({ search: '' })).toBe(await count({}));
    });
  });

  it('lists each unchanged user exactly once while other users change', async () => {
    const { token } = admin;
    for (const orderBy of ORDERS) {
      const touched = new Set<string>();
      const before = (await page(gateway, token, { filter: { isActive: true }, first: 100 })).nodes;
      let step = 0;
      const between = async () => {
        step += 1;
        await invited(gateway, admin, step % 2 ? { username: `0${someone().username}` } : {});
        const [leaves, moves] = [before[step * 2], before[step * 2 + 1]];
        for (const row of [leaves, moves]) if (row && row.role !== 'ADMIN') touched.add(row.id);
        if (leaves && touched.has(leaves.id))
          expectData(await gateway.client.run(DeactivateUserDocument, { id: leaves.id }, { token }));
        if (moves && touched.has(moves.id)) {
          const { username, email } = someone();
          const input = { username: `${step % 2 ? '0' : 'z'}${username}`, email };
          expectData(await gateway.client.run(UpdateUserDocument, { id: moves.id, input }, { token }));
        }
      };
      const pages = await walk(gateway, token, { filter: { isActive: true }, orderBy, size: 10, between });
      const seen = idsOf(pages.flatMap(({ nodes }) => nodes));
      const untouched = idsOf(before).filter((id) => !touched.has(id));
      expect(untouched.length).toBeGreaterThan(5);
      for (const id of untouched) expect(seen.filter((one) => one === id)).toHaveLength(1);
    }
  });

  it.skipIf(backend !== 'postgres')('runs the count query only if totalCount is selected', async () => {
    const first = await startWithAdmin(start);
    await first.gateway.stop();
    const sql = openDatabase(first.gateway, 1);
    /** Waits until the gateway's connections have closed: a connection flushes its statistics when it ends. */
    const rowsRead = async () => {
      const others = () => sql`SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
      await until('the connections of the gateway to close', async () => (await others()).length === 0);
      const [row] =
        await sql`SELECT seq_tup_read + idx_tup_fetch AS rows FROM pg_stat_user_tables WHERE relname = 'users'`;
      return Number(row?.rows);
    };
    const ask = async (fields: string) => {
      const before = await rowsRead();
      const node = await startGateway({ peer: first.gateway });
      for (let i = 0; i < 10; i++)
        expectData(await node.client.runRaw(`{ users { ${fields} } }`, {}, { token: first.admin.token }));
      await node.stop();
      return (await rowsRead()) - before;
    };
    const without = await ask('nodes { id }');
    expect((await ask('nodes { id } totalCount')) - without).toBeGreaterThanOrEqual(10);
  });
});
