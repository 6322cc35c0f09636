import { beforeAll, expect, it } from 'vitest';
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
    ({ gateway, admin } = await startWithAdmin(start));
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
