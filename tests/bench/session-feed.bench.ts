import { it } from 'vitest';
import { registerAndVerify, signIn } from '../support/accounts.js';
import { openDatabase } from '../support/database.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { openFeed, SERVICE_TOKEN } from '../support/session-feed.js';
import { sleep, until } from '../support/wait.js';

const ENDS_PER_MINUTE = 10_000;
const SECONDS = 20;
const COUNT = Math.round((ENDS_PER_MINUTE / 60) * SECONDS);

it(`the delay from the commit of an end to the stream of another node, at ${ENDS_PER_MINUTE} a minute`, async () => {
  const env = { SERVICE_TOKENS: SERVICE_TOKEN, LOG_LEVEL: 'warn' };
  const first = await startGateway({ backend: 'postgres', env });
  const second: Gateway = await startGateway({ peer: first });
  const { user } = await signIn(first, await registerAndVerify(first));
  const sql = openDatabase(first, 10);
  const rows = await sql`insert into sessions (user_id, remembered, amr, expires_at)
    select ${user.id}, false, '{pwd}', now() + interval '1 day' from generate_series(1, ${COUNT}) returning id`;
  const feed = await openFeed(second);
  await feed.beat();

  const committedAt = new Map<string, number>();
  const startedAt = performance.now();
  const running = rows.map(async ({ id }, index) => {
    await sleep((index / COUNT) * SECONDS * 1000);
    await sql`update sessions set revoked_at = now() where id = ${id}`;
    committedAt.set(id, performance.now());
  });
  await Promise.all(running);
  const seconds = (performance.now() - startedAt) / 1000;
  await until('all ends', () => feed.ended.size === rows.length);
  const delays = [...committedAt]
    .map(([id, at]) => Math.max(0, (feed.ended.get(id) as number) - at))
    .sort((a, b) => a - b);
  const at = (share: number) =>
    (delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] as number).toFixed(0);
  process.stdout.write(
    `ends of sessions: ${delays.length} in ${seconds.toFixed(1)} s; delay median ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms\n`,
  );
  feed.close();
});
