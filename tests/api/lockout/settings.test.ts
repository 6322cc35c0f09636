import { beforeAll, expect, it } from 'vitest';
import { type Account, login, registerAndVerify, signIn } from '../../support/accounts.js';
import { expectCode } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, startGateway } from '../../support/in-process.js';

const WRONG = 'a quite Wrong phrase 12';

describeOnBackends('the lockout after a change of its settings', ({ start }) => {
  let gateway: Gateway;
  let guessed: Account;
  let locked: Account;

  const guess = (identifier: string, password = WRONG) => login(gateway, { username: identifier, password });
  const restart = async (threshold: number) => {
    await gateway.stop();
    gateway = await startGateway({ peer: gateway, env: { LOCKOUT_THRESHOLD: String(threshold) } });
  };

  beforeAll(async () => {
    gateway = await start({ env: { LOCKOUT_THRESHOLD: '5' } });
    [guessed, locked] = [await registerAndVerify(gateway), await registerAndVerify(gateway)];
    for (let failure = 0; failure < 4; failure++)
      expectCode(await guess(guessed.username), 'INVALID_CREDENTIALS');
    for (let failure = 0; failure < 5; failure++)
      expectCode(await guess(locked.username), 'INVALID_CREDENTIALS');
  });

  it('locks identifiers with more failures than a lower threshold allows', async () => {
    await restart(3);
    const startedAt = performance.now();
    for (const password of [WRONG, guessed.password]) {
      const { retryAfter = 0 } = expectCode(await guess(guessed.username, password), 'ACCOUNT_LOCKED');
      expect(retryAfter).toBeGreaterThan(14 * 60);
      expect(retryAfter).toBeLessThanOrEqual(15 * 60);
    }
    expect(performance.now() - startedAt).toBeLessThan(4000);
    // The account is locked as well, but the answer does not reveal it.
    expectCode(await guess(guessed.email, guessed.password), 'INVALID_CREDENTIALS');
  });

  it('keeps a lock under a higher threshold, and counts others up to it', async () => {
    await restart(7);
    expectCode(await guess(locked.username, locked.password), 'ACCOUNT_LOCKED');
    const account = await registerAndVerify(gateway);
    for (let failure = 0; failure < 6; failure++)
      expectCode(await guess(account.username), 'INVALID_CREDENTIALS');
    await signIn(gateway, account);
  });
});
