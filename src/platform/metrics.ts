import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The counters that an operator watches; one registry a gateway. */
export class Metrics {
  readonly registry = new Registry();

  readonly signIns = this.#counter('gatehouse_sign_ins_total', 'Sign-ins by outcome.', 'outcome');
  readonly locks = this.#counter('gatehouse_locks_total', 'Accounts locked.');
  readonly refreshes = this.#counter('gatehouse_refreshes_total', 'Refreshes by outcome.', 'outcome');
  readonly mails = this.#counter(
    'gatehouse_mails_total',
    'Mails by template and outcome.',
    'template',
    'outcome',
  );
  readonly errors = this.#counter('gatehouse_errors_total', 'Errors in answers by code.', 'code');
  readonly hashing = this.#gauge('gatehouse_hashing_queue_length', 'Hashes under way and waiting.');

  readonly openTransactions = this.#gauge(
    'gatehouse_open_transactions',
    'Transactions between the oldest that still writes and the newest; a high value slows the reading of session ends.',
  );
  /** `operation` is a root field of the schema, `outcome` is OK or an error code. */
  readonly latency = new Histogram({
    name: 'gatehouse_request_duration_seconds',
    help: 'Latency of GraphQL requests by operation and outcome.',
    labelNames: ['operation', 'outcome'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  /** Also collects the process' own figures. */
  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  #counter<L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }
}
