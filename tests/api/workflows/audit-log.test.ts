import { beforeAll, describe, expect, it } from 'vitest';
import {
  ActivateUserDocument,
  type AuditEventFilter,
  AuditLogDocument,
  type AuditLogQuery,
  DeactivateUserDocument,
  RevokeUserSessionsDocument,
  UnlockUserDocument,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { login } from '../../support/accounts.js';
import { member, NOBODY, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends } from '../../support/in-process.js';

type Event = AuditLogQuery['auditEvents']['nodes'][number];

describeOnBackends('the audit log', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;
  let user: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start, { TRUST_PROXY: '127.0.0.1' }));
    user = await member(gateway, admin);
    const as = { token: admin.token, headers: { 'user-agent': 'Console/1.0' } };
    const { id } = user;
    expectData(await gateway.client.run(UpdateUserDocument, { id, input: { displayName: 'Ada' } }, as));
    expectData(await gateway.client.run(UpdateUserDocument, { id, input: { role: 'STAFF' } }, as));
    expectData(await gateway.client.run(DeactivateUserDocument, { id }, as));
    expectData(await gateway.client.run(ActivateUserDocument, { id }, as));
    expectData(await gateway.client.run(UnlockUserDocument, { id }, as));
    expectData(await gateway.client.run(RevokeUserSessionsDocument, { id }, as));
  });

  const read = async (filter: AuditEventFilter = {}, first = 100, after?: string | null) =>
    expectData(await gateway.client.run(AuditLogDocument, { filter, first, after }, { token: admin.token }))
      .auditEvents;
  const types = (events: readonly Event[]) => events.map(({ type }) => type);

  it('lists events newest first, with subject, actor, address and user agent', async () => {
    const { nodes } = await read({ subjectId: user.id });
    expect(types(nodes)).toEqual([
      'SESSION_REVOKED',
      'ACCOUNT_UNLOCKED',
      'USER_ACTIVATED',
      'USER_DEACTIVATED',
      'ROLE_CHANGED',
      'USER_UPDATED',
      'LOGIN_SUCCEEDED',
      'EMAIL_VERIFIED',
      'PASSWORD_RESET',
      'USER_CREATED',
    ]);
    for (const event of nodes.slice(0, 6))
      expect(event).toMatchObject({
        actor: { id: admin.id, username: admin.username },
        subject: { id: user.id, username: user.username },
        ipAddress: '127.0.0.1',
        userAgent: 'Console/1.0',
      });
    expect(JSON.parse(nodes[4]?.details ?? '')).toEqual({ from: 'CUSTOMER', to: 'STAFF' });
    expect(nodes.find(({ type }) => type === 'PASSWORD_RESET')?.actor).toBeNull();
    const dates = nodes.map(({ createdAt }) => createdAt);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it('filters by type, actor, subject and time', async () => {
    const all = (await read()).nodes;
    const some = await read({ types: ['ROLE_CHANGED', 'USER_DEACTIVATED'] });
    expect(types(some.nodes)).toEqual(['USER_DEACTIVATED', 'ROLE_CHANGED']);
    const acted = await read({ actorId: admin.id });
    expect(acted.nodes).toEqual(all.filter(({ actor }) => actor?.id === admin.id));
    expect(
      types((await read({ actorId: admin.id, subjectId: user.id, types: ['USER_CREATED'] })).nodes),
    ).toEqual(['USER_CREATED']);
    for (const filter of [{ actorId: NOBODY }, { subjectId: 'x' }, { types: [] }, { subjectId: '' }])
      expect((await read(filter)).nodes, JSON.stringify(filter)).toEqual([]);

    const at = some.nodes[0]?.createdAt ?? '';
    const after = (await read({ after: at })).nodes;
    const before = (await read({ before: at })).nodes;
    expect(after).toEqual(all.filter(({ createdAt }) => createdAt > at));
    expect(before).toEqual(all.filter(({ createdAt }) => createdAt < at));
    expect((await read({ after: at, before: at })).nodes).toEqual([]);
  });

  describe('filtered by an IP address', () => {
    const ADDRESS = '2001:db8::1:0:0:7';

    it('lists what clients with this address caused, in whatever form it is written', async () => {
      for (const forwarded of [ADDRESS, '::ffff:198.51.100.7'])
        await login(gateway, { username: user.username, password: 'not-the-right-one' }, undefined, {
          headers: { 'x-forwarded-for': forwarded },
        });
      const addressesBy = async (ipAddress: string) =>
        (await read({ ipAddress })).nodes.map((event) => [event.type, event.ipAddress]);
      for (const form of [
        ADDRESS,
        '2001:DB8:0:0:1::7',
        '2001:0db8:0000:0000:0001:0000:0000:0007',
        `${ADDRESS}%eth0`,
      ])
        expect(await addressesBy(form), form).toEqual([['LOGIN_FAILED', ADDRESS]]);
      for (const form of ['198.51.100.7', '::ffff:198.51.100.7', '::ffff:c633:6407'])
        expect(await addressesBy(form), form).toEqual([['LOGIN_FAILED', '198.51.100.7']]);
      expect((await read({ ipAddress: ADDRESS, types: ['LOGIN_SUCCEEDED'] })).nodes).toEqual([]);
    });

    it('selects all events by null, and none by text that is not an address', async () => {
      const all = await read();
      expect(await read({ ipAddress: null })).toEqual(all);
      const hostile = [
        '',
        ' ',
        '127.1',
        '2130706433',
        '0x7f.0.0.1',
        '127.0.0.1/8',
        '127.0.0.0/24',
        '::/0',
        '%',
      ];
      for (const text of [...hostile, "127.0.0.1' OR true --", '\0', '\ud800', '1'.repeat(100_000)])
        expect((await read({ ipAddress: text })).nodes, text.slice(0, 40)).toEqual([]);
    });
  });

  it('pages without gaps while it grows', async () => {
    const all = (await read()).nodes.map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    for (let pages = 0; ; pages++) {
      const { nodes, edges, pageInfo } = await read({}, 4, cursor);
      seen.push(...nodes.map(({ id }) => id));
      expect(pageInfo.hasPreviousPage).toBe(pages > 0);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
      if (!pageInfo.hasNextPage) break;
      cursor = pageInfo.endCursor;
      await login(gateway, { username: user.username, password: 'not-the-right-one' });
    }
    expect(seen).toEqual(all);
  });

  it('contains no secret', async () => {
    const text = JSON.stringify((await read()).nodes);
    for (const secret of [user.password, user.token, user.refreshToken, '$2'])
      expect(text).not.toContain(secret);
  });
});
