import { beforeAll, expect, it } from 'vitest';
import { DeactivateUserDocument, UpdateUserDocument, type UpdateUserInput } from '../../generated/graphql.js';
import { entered, member, page, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';
import { RACES } from '../../support/races.js';

describeOnPostgresFirst('the last admin', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
  });

  const update = (as: SignedInUser, id: string, input: UpdateUserInput): Promise<Result<unknown>> =>
    gateway.client.run(UpdateUserDocument, { id, input }, { token: as.token });
  const demote = (as: SignedInUser, { id }: SignedInUser) => update(as, id, { role: 'CUSTOMER' });
  const deactivate = (as: SignedInUser, { id }: SignedInUser): Promise<Result<unknown>> =>
    gateway.client.run(DeactivateUserDocument, { id }, { token: as.token });
  const activeAdmins = async (token: string) =>
    (await page(gateway, token, { filter: { roles: ['ADMIN'], isActive: true } })).nodes.map(({ id }) => id);

  it('cannot be demoted or deactivated, not even by themselves', async () => {
    expectCode(await demote(admin, admin), 'LAST_ADMIN');
    expectCode(await update(admin, admin.id, { role: 'STAFF', displayName: 'Gone' }), 'LAST_ADMIN');
    expectCode(await deactivate(admin, admin), 'LAST_ADMIN');
    const { nodes } = await page(gateway, admin.token, { filter: { roles: ['ADMIN'] } });
    expect(nodes).toMatchObject([{ id: admin.id, isActive: true, displayName: null }]);
  });

  it('does not count deactivated admins', async () => {
    const other = await member(gateway, admin, 'ADMIN');
    expectData(await deactivate(admin, other));
    expectCode(await deactivate(admin, admin), 'LAST_ADMIN');
    expectCode(await demote(admin, admin), 'LAST_ADMIN');
  });

  const attacks: Record<string, [typeof demote, typeof demote]> = {
    'demote each other': [demote, demote],
    'deactivate each other': [deactivate, deactivate],
    'demote and deactivate each other': [demote, deactivate],
    'demote and deactivate themselves': [(as) => demote(as, as), (as) => deactivate(as, as)],
  };

  for (const [name, [one, other]] of Object.entries(attacks)) {
    it(`remains if two admins ${name} at once, ${RACES} times`, async () => {
      for (let round = 0; round < RACES; round++) {
        const rival = await member(gateway, admin, 'ADMIN');
        const results = await Promise.all([one(admin, rival), other(rival, admin)]);
        const codes = results.map(({ errors }) => codeOf(errors));
        expect(
          codes.filter((code) => code === 'none'),
          codes.join(),
        ).toHaveLength(1);
        expect(['LAST_ADMIN', 'UNAUTHENTICATED', 'FORBIDDEN']).toContain(
          codes.find((code) => code !== 'none'),
        );

        // The remaining admin is the admin of the next round.
        const left = await activeAdmins(admin.token).catch(() => undefined);
        if (left === undefined) admin = rival;
        expect(await activeAdmins(admin.token)).toEqual([admin.id]);
      }
      admin = await entered(gateway, admin);
    });
  }

  it('remains if 20 concurrent requests remove all ten admins', async () => {
    const rivals = await Promise.all(Array.from({ length: 9 }, () => member(gateway, admin, 'ADMIN')));
    const all = [admin, ...rivals];
    const results = await Promise.all(
      all.flatMap((one, i) => {
        const next = all[(i + 1) % all.length] as SignedInUser;
        return [demote(one, next), deactivate(one, one)];
      }),
    );
    for (const { errors } of results)
      expect(['none', 'LAST_ADMIN', 'UNAUTHENTICATED', 'FORBIDDEN']).toContain(codeOf(errors));
    const lists = await Promise.all(all.map(({ token }) => activeAdmins(token).catch(() => [])));
    const seen = lists.filter((list) => list.length > 0);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toHaveLength(1);
  });
});
