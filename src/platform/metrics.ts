import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one gateway: those of the process, and those that each folder registers for itself. */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
