import { beforeAll, describe, expect, it } from 'vitest';
import { login, registerAndVerify, someone } from '../../support/accounts.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/backends.js';
import { expectCode } from '../../support/client.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { expectSameTime, roundsOf } from '../../support/timing.js';
import { sleep } from '../../support/wait.js';

const WRONG = 'a quite Wrong phrase 12';
const THRESHOLD = 5;

describeOnPostgresFirst('password guessing', ({ start }) => {
  describe('the lockout', () => {
    it('takes the same time to start for a known and an unknown username', async () => {
      const strict = await start({ env: { LOCKOUT_THRESHOLD: '1' } });
      const accounts = await Promise.all(
        Array.from({ length: 2 * roundsOf(28) + 4 }, () => registerAndVerify(strict)),
      );
      let turn = 0;
      const once = async (identifier: string) =>
        expectCode(await login(strict, { username: identifier, password: WRONG }), 'INVALID_CREDENTIALS');
      await expectSameTime(
        () => once(accounts[turn++]?.username ?? ''),
        () => once(someone().username),
        { rounds: roundsOf(28), warmUp: 2 },
      );
      await strict.stop();
    });
  });
});

describeOnPostgres('the lockout on several nodes', ({ start }) => {
  let gateway: Gateway;
  const fail = async (identifier: string, count: number) => {
    for (let failure = 0; failure < count; failure += 1)
      expectCode(await login(gateway, { username: identifier, password: WRONG }), 'INVALID_CREDENTIALS');
  };

  beforeAll(async () => {
    gateway = await start();
  });

  it('holds on every node, and after a restart', async () => {
    const other = await startGateway({ peer: gateway });
    const account = await registerAndVerify(gateway);
    await fail(account.username, THRESHOLD);
    expectCode(await login(other, account), 'ACCOUNT_LOCKED');
    await other.kill();
    const again = await startGateway({ peer: gateway });
    expectCode(await login(again, account), 'ACCOUNT_LOCKED');
    await again.stop();
  });

  it('does not count SERVICE_UNAVAILABLE as a failure: overload locks nobody out', async () => {
    const slow = await startGateway({ peer: gateway, env: { BCRYPT_COST: '13' } });
    const account = await registerAndVerify(gateway);
    const ghosts = Array.from({ length: 150 }, () => login(slow, { ...someone(), password: WRONG }));
    await sleep(100);
    const tries = await Promise.all(Array.from({ length: 20 }, () => login(slow, account)));
    const codes = tries.map(({ errors }) => errors[0]?.extensions.code);
    expect(codes).toContain('SERVICE_UNAVAILABLE');
    await Promise.all(ghosts);
    const { errors } = await login(slow, account);
    expect(errors).toEqual([]);
    await slow.stop();
  });
});
