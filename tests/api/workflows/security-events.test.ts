import { beforeAll, expect, it } from 'vitest';
import {
  AuditLogDocument,
  OwnSecurityEventsDocument,
  RevokeUserSessionsDocument,
  SecurityEventsDocument,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { login, signIn } from '../../support/accounts.js';
import { entered, member, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends } from '../../support/in-process.js';

const CONSOLE = 'Console/1.0 of the admin';

describeOnBackends('User.securityEvents', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;
  let staff: SignedInUser;
  let user: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
    staff = await member(gateway, admin, 'STAFF');
    user = await member(gateway, admin);
    const as = { token: admin.token, headers: { 'user-agent': CONSOLE } };
    const { id } = user;
    expectData(await gateway.client.run(UpdateUserDocument, { id, input: { role: 'STAFF' } }, as));
    expectData(await gateway.client.run(UpdateUserDocument, { id, input: { role: 'CUSTOMER' } }, as));
    expectData(await gateway.client.run(RevokeUserSessionsDocument, { id }, as));
    const guess = { username: user.username, password: 'not-the-right-one' };
    await login(gateway, guess, {}, { headers: { 'user-agent': 'Guesser/1.0' } });
    user = await entered(gateway, user);
  });

  const own = async ({ token }: SignedInUser, first = 100, after?: string | null) => {
    const { me } = expectData(
      await gateway.client.run(OwnSecurityEventsDocument, { first, after }, { token }),
    );
    if (!me?.securityEvents) throw new Error('The owner may read the events');
    return me.securityEvents;
  };
  const byAdmin = async (id: string, first = 100, after?: string | null) => {
    const as = { token: admin.token };
    const data = expectData(await gateway.client.run(SecurityEventsDocument, { id, first, after }, as));
    if (!data.user?.securityEvents) throw new Error('An admin may read the events');
    return data.user.securityEvents;
  };

  it('has the events of the audit log about the user, newest first', async () => {
    const variables = { filter: { subjectId: user.id }, first: 100 };
    const log = expectData(await gateway.client.run(AuditLogDocument, variables, { token: admin.token }));
    const ids = log.auditEvents.nodes.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(6);
    expect((await own(user)).nodes.map(({ id }) => id)).toEqual(ids);
    const { nodes } = await byAdmin(user.id);
    expect(nodes).toMatchObject(log.auditEvents.nodes.map(({ subject, ...event }) => event));
  });

  it('has only the types that are asked for', async () => {
    const query = `query ($types: [AuditEventType!]) { me { securityEvents(types: $types) { nodes { type } } } }`;
    const typesFor = async (types: readonly string[]) => {
      const { data } = await gateway.client.runRaw(query, { types }, { token: user.token });
      return (data as { me?: unknown } | null)?.me;
    };
    expect(await typesFor(['ROLE_CHANGED', 'LOGIN_FAILED'])).toEqual({
      securityEvents: { nodes: ['LOGIN_FAILED', 'ROLE_CHANGED', 'ROLE_CHANGED'].map((type) => ({ type })) },
    });
    expect(await typesFor([])).toEqual({ securityEvents: { nodes: [] } });
  });

  it('shows the owner what an admin did, but not from where and how', async () => {
    const { nodes } = await own(user);
    const done = nodes.filter(({ actor }) => actor?.id === admin.id);
    expect(done.map(({ type }) => type)).toEqual([
      'SESSION_REVOKED',
      'ROLE_CHANGED',
      'ROLE_CHANGED',
      'USER_CREATED',
    ]);
    for (const event of done)
      expect(event).toMatchObject({ ipAddress: null, userAgent: null, details: null });
    expect(JSON.stringify(nodes)).not.toContain(CONSOLE);
    const seen = (await byAdmin(user.id)).nodes.find(({ type }) => type === 'ROLE_CHANGED');
    expect(seen).toMatchObject({ ipAddress: '127.0.0.1', userAgent: CONSOLE, details: expect.any(String) });
  });

  it('shows the owner the address of a failed sign-in and of their own sign-ins', async () => {
    const { nodes } = await own(user);
    const failed = nodes.find(({ type }) => type === 'LOGIN_FAILED');
    expect(failed).toMatchObject({ actor: null, ipAddress: '127.0.0.1', userAgent: 'Guesser/1.0' });
    expect(nodes.find(({ type }) => type === 'LOGIN_SUCCEEDED')).toMatchObject({
      actor: { id: user.id },
      ipAddress: '127.0.0.1',
    });
  });

  it('has no events about people whom the user administrated', async () => {
    const { nodes } = await own(admin);
    expect(nodes.length).toBeGreaterThan(2);
    for (const { subject } of nodes) expect(subject?.id).toBe(admin.id);
  });

  it('hides the origin of admins from staff who read their own events', async () => {
    const done = (await own(staff)).nodes.filter(({ actor }) => actor?.id === admin.id);
    expect(done.length).toBeGreaterThan(0);
    for (const event of done)
      expect(event).toMatchObject({ ipAddress: null, userAgent: null, details: null });
  });

  it('refuses staff and other customers', async () => {
    const query = `{ user(id: "${user.id}") { securityEvents { nodes { id } } } }`;
    const { data, errors } = await gateway.client.runRaw(query, {}, { token: staff.token });
    expect(data).toEqual({ user: { securityEvents: null } });
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('resolves for _entities with the same limits', async () => {
    const query = `query ($all: [_Any!]!) { _entities(representations: $all) { ... on User {
      securityEvents(first: 100) { nodes { actor { id } ipAddress userAgent details } } } } }`;
    const all = { all: [{ __typename: 'User', id: user.id }] };
    const mine = await gateway.client.runRaw(query, all, { token: user.token });
    expect(mine.errors).toEqual([]);
    const text = JSON.stringify(mine.data);
    expect(text).toContain(admin.id);
    expect(text).not.toContain(CONSOLE);
    const { errors } = await gateway.client.runRaw(query, all, { token: staff.token });
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('pages without gaps while it grows', async () => {
    const all = (await own(user)).nodes.map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    for (let pages = 0; ; pages++) {
      const { nodes, pageInfo } = await own(user, 3, cursor);
      seen.push(...nodes.map(({ id }) => id));
      expect(pageInfo.hasPreviousPage).toBe(pages > 0);
      if (!pageInfo.hasNextPage) break;
      cursor = pageInfo.endCursor;
      await signIn(gateway, user);
    }
    expect(seen).toEqual(all);
  });

  it('refuses page sizes out of range, and cursors of another user or of the audit log', async () => {
    const refusal = async (first: number | null, after: string | null) => {
      const variables = { first, after };
      const { errors } = await gateway.client.run(OwnSecurityEventsDocument, variables, {
        token: user.token,
      });
      return errors[0]?.extensions;
    };
    for (const first of [0, -1, 101])
      expect(await refusal(first, null)).toMatchObject({ code: 'BAD_USER_INPUT' });
    const foreign = (await byAdmin(staff.id, 1)).pageInfo.endCursor as string;
    const log = expectData(await gateway.client.run(AuditLogDocument, { first: 1 }, { token: admin.token }));
    for (const cursor of [foreign, log.auditEvents.pageInfo.endCursor as string, 'forged', ''])
      expect(await refusal(5, cursor), cursor).toMatchObject({
        code: 'BAD_USER_INPUT',
        fieldErrors: [{ field: 'after' }],
      });
    expect((await own(user, 2)).nodes).toHaveLength(2);
  });
});
