import type { Brand } from '../platform/brand.js';
import type { Database } from '../platform/database.js';
import { type JobAttempt, type JobDefinition, NotAttempted, RetryLater } from '../platform/job.js';
import type { JobQueue } from '../platform/jobs.js';
import type { Cipher } from '../platform/keyring.js';
import type { Log } from '../platform/log.js';
import type { SpanOptions, Tracer } from '../platform/tracer.js';
import { Availability } from './availability.js';
import { lifetimeSeconds, retryPause } from './lifetime.js';
import { MailDeferred, MailRefused, type MailTransport, type OutgoingMail } from './message.js';
import type { MailMetrics } from './metrics.js';
import type { Renderer } from './renderer.js';
import type { Sender } from './sender.js';
import type { MailName, MailTemplates } from './templates.js';

const JOB = 'mail';
const DECOY_TEMPLATE = 'already-registered';

/** A mail in the database. Encrypted, because its links contain tokens. */
interface SealedMail<N extends MailName = MailName> {
  readonly template: N;
  readonly sealed: string;
}

interface MailContent<N extends MailName> {
  readonly to: string;
  readonly props: MailTemplates[N];
}

/** The outcome of an attempt. After `refused` and `expired`, the mail is dropped. */
type MailOutcome = 'sent' | 'retried' | 'refused' | 'expired';

interface OutboxDeps {
  readonly jobs: JobQueue;
  readonly cipher: Cipher;
  readonly renderer: Renderer;
  readonly transport: MailTransport;
  readonly from: Sender;
  readonly brand: Brand;
  readonly metrics: MailMetrics;
  readonly tracer: Tracer;
  readonly log: Log;
}

/** Stores mails in the transaction that causes them, and sends them after its commit. */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #availability: Availability;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#availability = new Availability(deps.transport, deps.log);
  }

  /**
   * Stores a mail. It is sent if and only if `tx` commits, even if the process dies or the mail server is unavailable.
   */
  async enqueue<N extends MailName>(
    tx: Database,
    name: N,
    to: string,
    props: MailTemplates[N],
  ): Promise<void> {
    const { cipher } = this.#deps;
    const content: MailContent<N> = { to, props };
    const job: SealedMail<N> = {
      template: name,
      sealed: cipher.encrypt(JSON.stringify(content), purpose(name)),
    };
    await this.#store(tx, job);
  }

  /** Writes a job that sends nothing, for a path that must take as long as one that stores a mail. */
  async enqueueDecoy(tx: Database): Promise<void> {
    const job: SealedMail = { template: DECOY_TEMPLATE, sealed: '' };
    await this.#store(tx, job);
  }

  async #store(tx: Database, job: SealedMail): Promise<void> {
    const { jobs, tracer } = this.#deps;
    await tracer.span('enqueue mail', { kind: 'producer' }, () => jobs.send(JOB, job, tx));
  }

  /** Sends the stored mails. `maxConcurrency` is for servers that accept some recipients slowly. */
  readonly job: JobDefinition<SealedMail> = {
    name: JOB,
    concurrency: 4,
    maxConcurrency: 32,
    retries: { concurrency: 2, maxConcurrency: 8 },
    // `#retry` decides about further attempts.
    retryLimit: 100_000,
    // Longer than the timeouts of the transport and of the check after it.
    expireSeconds: 90,
    isPaused: () => this.#availability.isDown,
    run: (mail, job) => this.#deliver(mail, job),
  };

  async #deliver({ template, sealed }: SealedMail, job: JobAttempt): Promise<void> {
    if (sealed === '') return;
    if (job.ageSeconds >= lifetimeSeconds(template)) return this.#drop('expired', template, job);
    const { cipher, renderer, transport, from, brand, tracer } = this.#deps;
    try {
      const { to, props } = JSON.parse(cipher.decrypt(sealed, purpose(template))) as MailContent<
        typeof template
      >;
      const rendered = await tracer.span('render mail', {}, () =>
        renderer.render({ name: template, props, brand }),
      );
      // The id of the job, so that each retry has the same id.
      await this.#send(template, { id: job.id, from, to, ...rendered });
    } catch (error) {
      if (error instanceof NotAttempted) throw error;
      if (error instanceof MailRefused) return this.#drop('refused', template, job, error.message);
      return this.#retry(template, job, reasonOf(error));
    }
    this.#count('sent', template);
    this.#deps.log.info({ template, job: job.id, transport: transport.name }, 'mail sent');
  }

  /** @throws NotAttempted if the transport is unavailable */
  async #send(template: MailName, mail: OutgoingMail): Promise<void> {
    try {
      const { transport, tracer } = this.#deps;
      const options: SpanOptions = {
        kind: 'client',
        attributes: { 'gatehouse.mail.template': template, 'gatehouse.mail.transport': transport.name },
      };
      await tracer.span('send mail', options, () => transport.send(mail));
    } catch (error) {
      const isAnswer = error instanceof MailRefused || error instanceof MailDeferred;
      if (isAnswer || (await this.#availability.confirm(reasonOf(error)))) throw error;
      throw new NotAttempted('the mail transport is unavailable');
    }
  }

  /** @throws RetryLater unless the mail would expire before the next attempt */
  #retry(template: MailName, job: JobAttempt, reason: string): void {
    const pause = retryPause(template, job.previousAttempts);
    if (job.ageSeconds + pause >= lifetimeSeconds(template)) {
      this.#drop('expired', template, job, reason);
      return;
    }
    this.#count('retried', template);
    this.#deps.log.info(
      { template, job: job.id, reason, pauseSeconds: Math.round(pause) },
      'mail not sent, will be retried',
    );
    throw new RetryLater(pause);
  }

  #drop(outcome: 'refused' | 'expired', template: MailName, job: JobAttempt, reason?: string): void {
    this.#count(outcome, template);
    this.#deps.log.warn({ template, job: job.id, outcome, reason }, 'mail not sent, dropped');
  }

  #count(outcome: MailOutcome, template: MailName): void {
    this.#deps.metrics.mails.inc({ template, outcome });
  }
}

/** Binds the ciphertext to its template, so that neither can be exchanged. */
function purpose(template: MailName): string {
  return `mail:${template}`;
}

/** The code and the status of a failure. Its text may contain the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error instanceof MailDeferred) return error.message;
  const { code, responseCode } = error as Error & { code?: unknown; responseCode?: unknown };
  const parts = [error.name, code, responseCode].filter((part) => ['string', 'number'].includes(typeof part));
  return parts.join(' ');
}
