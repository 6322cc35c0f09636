import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { Counter } from 'prom-client';
import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/log.js';
import type { Metrics } from '../../platform/metrics.js';
import type { SpanOptions, Tracer } from '../../platform/tracer.js';
import { askRange, MAX_RANGE_BYTES } from './password-range.js';

export interface BreachedPasswords {
  /** Whether the password is in a published breach. False if the check fails; never throws. */
  contains(password: string): Promise<boolean>;
}

export interface BreachedPasswordsDeps {
  /** Base URL of the range requests. If undefined, passwords are not checked. */
  readonly url: string | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}

const MAX_AGE_MS = 3_600_000;
const MAX_CACHE_BYTES = 16 * MAX_RANGE_BYTES;
/** The log has at most one warning in this time (ms). */
const WARNING_INTERVAL_MS = 60_000;

/** Without the path, which has a part of the hash. */
const SPAN: SpanOptions = { kind: 'client', attributes: { 'http.request.method': 'GET' } };

interface Range {
  /** The hashes that begin with the prefix, without it, each in a line of its own. */
  readonly suffixes: string;
  readonly tookMs: number;
}

export function createBreachedPasswords({ url, metrics, ...deps }: BreachedPasswordsDeps): BreachedPasswords {
  const checks = new Counter({
    name: 'gatehouse_breached_password_checks_total',
    help: 'Checks of new passwords against published breaches, by outcome.',
    labelNames: ['outcome'] as const,
    registers: [metrics.registry],
  });
  return url === undefined ? { contains: async () => false } : new RangeService({ ...deps, url, checks });
}

interface RangeServiceDeps extends Pick<BreachedPasswordsDeps, 'log' | 'clock' | 'tracer'> {
  readonly url: string;
  readonly checks: Counter<'outcome'>;
}

/**
 * Asks a service that speaks the range protocol of Have I Been Pwned (ASVS 6.2.12). It learns the first five hex
 * digits of a hash (k-anonymity), so neither the password nor its whole hash leaves the gateway. If the service fails,
 * passwords are accepted: it must not be able to stop resets and registrations.
 */
class RangeService implements BreachedPasswords {
  readonly #ranges: LRUCache<string, Range>;
  #nextWarningAt = 0;

  constructor(readonly deps: RangeServiceDeps) {
    this.#ranges = new LRUCache<string, Range>({
      maxSize: MAX_CACHE_BYTES,
      sizeCalculation: ({ suffixes }) => suffixes.length + 1,
      ttl: MAX_AGE_MS,
      ttlResolution: 0,
      perf: deps.clock,
      // Concurrent requests for a prefix share one answer, also if it is evicted meanwhile. Failures are not cached.
      fetchMethod: (prefix) => this.#ask(prefix),
      ignoreFetchAbort: true,
    });
  }

  async contains(password: string): Promise<boolean> {
    try {
      const isBreached = await this.#find(password);
      this.deps.checks.inc({ outcome: isBreached ? 'breached' : 'passed' });
      return isBreached;
    } catch (error) {
      this.deps.checks.inc({ outcome: 'failed' });
      this.#warn(error);
      return false;
    }
  }

  /**
   * Breaches are published in the form in which people typed their passwords. The gateway accepts every form with the
   * same NFKC form, so an attacker needs only one of them: both the typed and the NFKC form are looked up.
   */
  async #find(password: string): Promise<boolean> {
    const forms = new Set([password.normalize('NFKC'), password]);
    const found = await Promise.all([...forms].map((form) => this.#isPublished(form)));
    return found.includes(true);
  }

  /**
   * Attack: an attacker tries a password in registrations, and sees by a fast answer from the cache that somebody has
   * just chosen one with its prefix. So a cached answer takes as long as it took from the service.
   */
  async #isPublished(password: string): Promise<boolean> {
    // SHA-1 is what the protocol uses; it protects nothing here.
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
    const startedAt = performance.now();
    const range = await this.#ranges.fetch(hash.slice(0, 5));
    const leftMs = (range?.tookMs ?? 0) - (performance.now() - startedAt);
    if (leftMs > 0) await sleep(leftMs);
    return range?.suffixes.includes(hash.slice(5)) ?? false;
  }

  async #ask(prefix: string): Promise<Range> {
    const startedAt = performance.now();
    const { url, tracer } = this.deps;
    const suffixes = await tracer.span('breach service', SPAN, () => askRange(url, prefix));
    return { suffixes: suffixes.join('\n'), tookMs: performance.now() - startedAt };
  }

  #warn(error: unknown): void {
    const now = this.deps.clock.now();
    if (now < this.#nextWarningAt) return;
    this.#nextWarningAt = now + WARNING_INTERVAL_MS;
    this.deps.log.warn(
      { err: error },
      'breach service unavailable (BREACHED_PASSWORDS_URL): passwords not checked',
    );
  }
}
