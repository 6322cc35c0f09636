import type { Database } from '../platform/database.js';
import type { JobDefinition, JobQueue } from '../platform/jobs.js';
import type { Cipher } from '../platform/keyring.js';
import type { Log } from '../platform/log.js';
import type { MailTransport } from './message.js';
import type { Renderer } from './renderer.js';
import type { MailName, MailTemplates } from './templates.js';

const JOB = 'mail';

/** A mail as it waits in the database: its links carry tokens, so that a dump must not show them. */
export interface SealedMail<N extends MailName = MailName> {
  readonly template: N;
  readonly sealed: string;
}

interface Letter<N extends MailName> {
  readonly to: string;
  readonly props: MailTemplates[N];
}

/** Counts what became of the mails. */
export interface MailMetrics {
  sent(template: MailName): void;
  failed(template: MailName): void;
}

interface OutboxParts {
  readonly jobs: JobQueue;
  readonly cipher: Cipher;
  readonly renderer: Renderer;
  readonly transport: MailTransport;
  readonly from: string;
  readonly metrics: MailMetrics;
  readonly log: Log;
}

/** Takes mails within the transaction that causes them, and sends them after it. */
export class Outbox {
  readonly #parts: OutboxParts;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /**
   * Writes the mail into the transaction: it goes out if and only if `tx` commits, also where the process
   * dies in between or the mail server is away.
   */
  async enqueue<N extends MailName>(
    tx: Database,
    name: N,
    to: string,
    props: MailTemplates[N],
  ): Promise<void> {
    const { jobs, cipher } = this.#parts;
    const letter: Letter<N> = { to, props };
    const job: SealedMail<N> = {
      template: name,
      sealed: cipher.encrypt(JSON.stringify(letter), purpose(name)),
    };
    await jobs.send(JOB, job, tx);
  }

  /** Sends what was enqueued, and goes on trying for days. */
  readonly job: JobDefinition<SealedMail> = {
    name: JOB,
    concurrency: 4,
    retryLimit: 100_000,
    retryDelaySeconds: 5,
    run: (mail, job) => this.#deliver(mail, job.id),
  };

  async #deliver({ template, sealed }: SealedMail, id: string): Promise<void> {
    const { cipher, renderer, transport, from, metrics, log } = this.#parts;
    try {
      const { to, props } = JSON.parse(cipher.decrypt(sealed, purpose(template))) as Letter<typeof template>;
      // The job's id is the mail's, so that each retry is the same message.
      await transport.send({ id, from, to, ...(await renderer.render(template, props)) });
    } catch (error) {
      const reason = reasonOf(error);
      metrics.failed(template);
      log.warn(
        { template, job: id, transport: transport.name, reason },
        'mail not sent, will be tried again',
      );
      // A new error without its cause: mail servers put the address into theirs, and the queue stores it.
      throw new Error(`mail not sent: ${reason}`);
    }
    metrics.sent(template);
    log.info({ template, job: id, transport: transport.name }, 'mail sent');
  }
}

/** Binds what is sealed to its template, so that neither can be swapped. */
function purpose(template: MailName): string {
  return `mail:${template}`;
}

/** What may be known of a failure: the code and the server's status, never its text. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, responseCode } = error as Error & { code?: unknown; responseCode?: unknown };
  const parts = [error.name, code, responseCode].filter((part) => ['string', 'number'].includes(typeof part));
  return parts.join(' ');
}
