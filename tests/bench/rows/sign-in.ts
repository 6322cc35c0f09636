import { PasswordHashing } from '../../../src/features/passwords/hashing.js';
import { HashingQueue } from '../../../src/features/passwords/hashing-queue.js';
import { sleep } from '../../support/wait.js';
import { type Call, inTurns, loadOf, percentile, post } from '../measure.js';
import { LOGIN, meOf } from '../operations.js';
import type { Row } from '../row.js';
import type { Gateway, Servers } from '../servers.js';

const COST = 12;
const PASSWORD = 'SecurePassword123!';
/** As many accounts, so that no sign-in waits for another of the same account. */
const ACCOUNTS = 32;
/** Twice as many as the queue runs at a time: it is never empty. */
const SIGN_INS = 8;
const SIGN_INS_OF_A_ROUND = 40;
const ME_PER_SECOND = 200;
const ME_SECONDS = 3;

/** Sign-ins, which use all cores. */
export function signInRows(servers: Servers): Row[] {
  return [
    {
      id: 'login',
      label: 'login : bare verify',
      name: `\`login\` at cost ${COST}`,
      against: 'bare `verify` on all cores',
      aim: { min: 0.95 },
      async measure() {
        const gateway = await servers.gateway('main');
        const [login, peer] = [await loginOf(gateway), await servers.bcrypt()];
        const load = { amount: SIGN_INS_OF_A_ROUND, connections: SIGN_INS };
        return inTurns(
          '/s',
          loadOf(gateway.url, login, load),
          async () => (await peer.ask<{ perSecond: number }>({ amount: SIGN_INS_OF_A_ROUND })).perSecond,
          3,
        );
      },
    },
    {
      id: 'me-beside-logins',
      label: 'p99 of me beside sign-ins',
      name: `99th percentile of \`me\` at ${ME_PER_SECOND}/s while sign-ins fill the hashing queue`,
      against: 'without sign-ins',
      aim: { max: 3 },
      async measure() {
        const gateway = await servers.gateway('main');
        const [login, me] = [await loginOf(gateway), await meOf(gateway)];
        const alone = () => slowest(gateway.url, me);
        return inTurns(
          'ms',
          async () => {
            const signIns = loadOf(gateway.url, login, {
              seconds: ME_SECONDS + 1,
              connections: SIGN_INS,
            });
            await sleep(500);
            const [found] = await Promise.all([alone(), signIns]);
            return found;
          },
          alone,
        );
      },
    },
  ];
}

/** Signs in each account in turns. */
async function loginOf({ sql }: Gateway): Promise<() => Call> {
  const hashing = new PasswordHashing({ bcryptCost: COST, peppers: [] }, new HashingQueue());
  const users = await sql<{ username: string }[]>`
    UPDATE users SET password_hash = ${await hashing.hash(PASSWORD)}
    WHERE id IN (SELECT id FROM users WHERE role = 'CUSTOMER' ORDER BY id LIMIT ${ACCOUNTS}) RETURNING username`;
  await sql`DELETE FROM two_factors`;
  const calls = users.map(({ username }) =>
    post({ query: LOGIN, variables: { input: { identifier: username, password: PASSWORD } } }),
  );
  let next = 0;
  return () => calls[next++ % calls.length] as Call;
}

/** The 99th percentile (ms) of requests that are sent at a fixed rate, whether the earlier ones are answered or not. */
async function slowest(url: string, { path, ...init }: Call): Promise<number> {
  const startedAt = performance.now();
  const request = async (index: number) => {
    const due = startedAt + (index / ME_PER_SECOND) * 1000;
    await sleep(Math.max(0, due - performance.now()));
    const sentAt = performance.now();
    const response = await fetch(url + path, init);
    await response.text();
    if (response.status !== 200) throw new Error(`me answered ${response.status}`);
    return performance.now() - sentAt;
  };
  return percentile(
    await Promise.all(Array.from({ length: ME_PER_SECOND * ME_SECONDS }, (_, index) => request(index))),
    0.99,
  );
}
