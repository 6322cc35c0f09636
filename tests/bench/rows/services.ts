import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { type FakeGateway, startFakeGateway } from '../../support/fake-gateway.js';
import { openFeed } from '../../support/session-feed.js';
import { sleep, until } from '../../support/wait.js';
import { inTurns, percentile } from '../measure.js';
import type { Figures, Row } from '../row.js';
import type { Servers } from '../servers.js';

const SECONDS = 0.5;
/** Far more than the cache keeps, so that each is new when its turn comes again. */
const NEW_TOKENS = 2000;
const CACHE_SIZE = 100;

const ENDS_PER_MINUTE = 10_000;
const FEED_SECONDS = 15;
const ENDS = Math.round((ENDS_PER_MINUTE / 60) * FEED_SECONDS);
const PROMISED_MS = 1000;

/** What other services use: `gatehouse/verifier`, and the feed of ended sessions. */
export function serviceRows(servers: Servers): Row[] {
  const verifierRow = (id: string, name: string, min: number, pick: (checks: Checks) => Check): Row => ({
    id,
    label: `verifier, ${name} : jose`,
    name: `\`gatehouse/verifier\`: ${name}`,
    against: 'bare `jwtVerify` of jose',
    aim: { min },
    async measure() {
      const checks = await verifierChecks();
      return inTurns(
        '/s',
        () => perSecond(pick(checks)),
        () => perSecond(checks.bare),
      );
    },
  });
  return [
    verifierRow('verifier-new', 'new tokens', 0.9, ({ ofNew }) => ofNew),
    verifierRow('verifier-known', 'a known token', 50, ({ ofKnown }) => ofKnown),
    verifierRow('verifier-copied', 'a known token in a new string', 50, ({ ofCopied }) => ofCopied),
    {
      id: 'session-feed',
      label: 'p99 of the session feed',
      name: `99th percentile from the end of a session to the feed of another node, at ${ENDS_PER_MINUTE.toLocaleString('en')} a minute`,
      against: 'the promised second',
      aim: { max: PROMISED_MS, unit: 'ms' },
      measure: () => feedDelay(servers),
    },
  ];
}

type Check = (index: number) => Promise<unknown>;
type Checks = Readonly<Record<'bare' | 'ofNew' | 'ofKnown' | 'ofCopied', Check>>;

async function verifierChecks(): Promise<Checks> {
  const gateway: FakeGateway = await startFakeGateway();
  const verifier = gateway.verifier({ cacheSize: CACHE_SIZE });
  await verifier.ready();
  const keys = createLocalJWKSet({ keys: gateway.keys.map(({ jwk }) => jwk) });
  const { asymmetricKeyType } = createPublicKey({ key: gateway.keys[0]?.jwk as never, format: 'jwk' });
  if (asymmetricKeyType !== 'ed25519') throw new Error(`the key is ${asymmetricKeyType}, not ed25519`);
  const options = {
    algorithms: ['EdDSA'],
    typ: 'at+jwt',
    issuer: gateway.issuer,
    audience: 'gateway',
    requiredClaims: ['exp', 'iat', 'sub', 'sid', 'jti'],
    clockTolerance: 5,
  };
  const tokens = await Promise.all(Array.from({ length: NEW_TOKENS }, () => gateway.sign()));
  const headers = tokens.map((token) => `Bearer ${token}`);
  // A server gets a new string for each request.
  const copy = () => Buffer.from(headers[0] as string).toString('latin1');
  const copies = Array.from({ length: 1000 }, copy);
  return {
    bare: (index) => jwtVerify(tokens[index % tokens.length] as string, keys, options),
    ofNew: (index) => verifier.verify(headers[index % headers.length]),
    ofKnown: (index) => verifier.verify(copies[index % copies.length]),
    ofCopied: () => verifier.verify(copy()),
  };
}

/** Runs a check one after another; checks per second. */
async function perSecond(check: Check): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() < startedAt + SECONDS * 1000) {
    // The clock is read once for many checks, which are faster than it.
    for (let i = 0; i < 20; i += 1) await check(count++);
  }
  return (count * 1000) / (performance.now() - startedAt);
}

/** The delay (ms) from the commit of an end to the stream of a second node. */
async function feedDelay(servers: Servers): Promise<Figures> {
  const gateway = await servers.gateway('main');
  const node = await gateway.join();
  const sessions = await gateway.takeSessions(ENDS);
  const feed = await openFeed(node, { token: gateway.serviceToken });
  await feed.beat();
  const committedAt = new Map<string, number>();
  await Promise.all(
    sessions.map(async ({ id }, index) => {
      await sleep((index / ENDS) * FEED_SECONDS * 1000);
      await gateway.sql`UPDATE sessions SET revoked_at = now() WHERE id = ${id}`;
      committedAt.set(id, performance.now());
    }),
  );
  await until('all ends', () => feed.ended.size === sessions.length);
  feed.close();
  await node.stop();
  const delays = [...committedAt].map(([id, at]) => Math.max(0, (feed.ended.get(id) as number) - at));
  const ours = percentile(delays, 0.99);
  const ratio = ours / PROMISED_MS;
  const notes = [
    `median ${percentile(delays, 0.5).toFixed(0)} ms, longest ${Math.max(...delays).toFixed(0)} ms`,
  ];
  return { ours, theirs: PROMISED_MS, unit: 'ms', ratio, spread: [ratio, ratio], notes };
}
