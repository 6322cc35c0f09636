import { beforeAll, expect, it } from 'vitest';
import {
  DeactivateUserDocument,
  MeDocument,
  RevokeUserSessionsDocument,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { entered, member, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { type Gateway, secret, startGateway } from '../../support/gateway.js';
import { freshDatabase, freshRedis } from '../../support/services.js';
import { startMailServer } from '../../support/smtp.js';
import { sleep, until } from '../../support/wait.js';

describeOnPostgres('administration on two nodes', ({ start }) => {
  let here: Gateway;
  let there: Gateway;
  let admin: SignedInUser;

  beforeAll(async () => {
    ({ gateway: here, admin } = await startWithAdmin(start));
    there = await startGateway({ peer: here });
  });

  const actions = {
    'a role change': (id: string) =>
      here.client.run(UpdateUserDocument, { id, input: { role: 'STAFF' } }, admin),
    'a deactivation': (id: string) => here.client.run(DeactivateUserDocument, { id }, admin),
    'a revocation': (id: string) => here.client.run(RevokeUserSessionsDocument, { id }, admin),
  };

  for (const [name, act] of Object.entries(actions)) {
    it(`ends every session on the other node within a second after ${name}`, async () => {
      const first = await member(here, admin);
      const second = await entered(there, first);
      const me = ({ token }: SignedInUser) => there.client.run(MeDocument, {}, { token });
      // Both sessions are in the caches of both nodes.
      for (const session of [first, second]) {
        expectData(await me(session));
        expectData(await here.client.run(MeDocument, {}, { token: session.token }));
      }
      const result = await act(first.id);
      const at = performance.now();
      expect(result.errors).toEqual([]);
      for (const session of [first, second]) {
        await until('the session to end', async () => (await me(session)).errors.length > 0, 5000, 10);
        expect(expectCode(await me(session), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
      }
      expect(performance.now() - at).toBeLessThan(1000);
    });
  }

  it('creates one admin if several nodes start together', async () => {
    const [database, redis, mail] = [await freshDatabase(), await freshRedis(), await startMailServer()];
    const names = ['JWT_SECRET_KEY', 'JWT_REFRESH_SECRET_KEY', 'ENCRYPTION_KEY'];
    const secrets = Object.fromEntries(names.map((name) => [name, secret()]));
    const env = { ...secrets, BOOTSTRAP_ADMIN_EMAIL: 'first@example.com', BOOTSTRAP_ADMIN_USERNAME: 'first' };
    await Promise.all([1, 2, 3].map(() => start({ database, redis, mail, env })));
    await mail.waitForMail('first@example.com');
    await sleep(2000);
    expect((await mail.mails()).map(({ to }) => to)).toEqual([['first@example.com']]);
  });
});
