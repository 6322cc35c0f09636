import { expect, it } from 'vitest';
import { MySessionsDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';
import { refusalReason } from '../../support/session-ends.js';

describeOnPostgresFirst('the session limit of a user', ({ start, backend }) => {
  it('ends the least recently used session above 100', async () => {
    const gateway = await start();
    const account = await registerAndVerify(gateway);
    const first = await signIn(gateway, account);
    const second = await signIn(gateway, account);
    for (let i = 0; i < 49; i += 1) await Promise.all([signIn(gateway, account), signIn(gateway, account)]);
    // The first session was used since, so the second is the least recently used.
    const { refreshToken } = expectData(
      await gateway.client.run(RefreshTokenDocument, { refreshToken: first.refreshToken }),
    );
    expect(await refusalReason(gateway, second)).toBeUndefined();
    const last = await signIn(gateway, account);
    expect(await refusalReason(gateway, second)).toBe('SESSION_REVOKED');
    expect(await refusalReason(gateway, refreshToken)).toBeUndefined();
    const { me: user } = expectData(
      await gateway.client.run(MySessionsDocument, {}, { token: last.accessToken }),
    );
    expect(user?.sessions).toHaveLength(100);
    if (backend !== 'postgres') return;
    const events = await openDatabase(
      gateway,
    )`select details from audit_events where type = 'SESSION_REVOKED'`;
    expect(events.map(({ details }) => details)).toEqual([{ ended: 1, limit: 100 }]);
  });
});
