import { expect, it } from 'vitest';
import { RefreshTokenDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { decode } from '../../support/tokens.js';

describeOnPostgres('an access token', ({ start }) => {
  it('does not outlive its session, whose expiry no feed reports', async () => {
    const gateway = await start({ env: { REFRESH_GRACE_SECONDS: '0' } });
    const session = await signIn(gateway, await registerAndVerify(gateway));
    const whole = decode(session.accessToken).claims;
    expect(Number(whole.exp) - Number(whole.iat)).toBe(1800);
    const [row] = await openDatabase(gateway)`update sessions set expires_at = now() + interval '90 s'
      where id = ${session.session.id} returning extract(epoch from expires_at)::float8 as expires_at`;
    const { refreshToken: renewed } = expectData(
      await gateway.client.run(RefreshTokenDocument, { refreshToken: session.refreshToken }),
    );
    const { exp, iat } = decode(renewed.accessToken).claims;
    expect(Number(exp)).toBeLessThanOrEqual(row?.expires_at);
    expect(renewed.expiresIn).toBe(Number(exp) - Number(iat));
    expect(renewed.expiresIn).toBeGreaterThan(60);
  });
});
