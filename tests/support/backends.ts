import { afterAll, describe } from 'vitest';
import { type Backend, type Gateway, type GatewayOptions, startGateway } from './gateway.js';
import { missing } from './services.js';

export interface BackendContext {
  backend: Backend;
  /** Starts a gateway on this backend. Only for hooks and tests: a skipped suite starts nothing. */
  start(options?: Omit<GatewayOptions, 'backend'>): Promise<Gateway>;
}

type Suite = (context: BackendContext) => void;

/** `concurrent` runs the tests of the suite, and of neighbouring suites with the same option, concurrently. */
export interface SuiteOptions {
  readonly concurrent?: boolean;
}

/** Suites whose gateways are started by the given function, and stopped at the end of the suite. */
export function suitesWith(startGateway: (options: GatewayOptions) => Promise<Gateway>) {
  const run = (backend: Backend, suite: Suite) => {
    const started: Gateway[] = [];
    afterAll(async () => void (await Promise.all(started.map((gateway) => gateway.stop()))));
    const start: BackendContext['start'] = async (options = {}) => {
      const gateway = await startGateway({ ...options, backend });
      started.push(gateway);
      return gateway;
    };
    suite({ backend, start });
  };

  /** If a server is missing, the end of the run names the suite and the reason. */
  const describeWith = (
    name: string,
    couldNotRun: string | undefined,
    suite: Suite,
    options: SuiteOptions = {},
  ): void => {
    const skipped = couldNotRun === undefined ? {} : { skip: true, meta: { couldNotRun } };
    describe(name, { ...options, ...skipped }, () => run('postgres', suite));
  };

  /** For suites that need Postgres. Without Redis the gateways count in the process. */
  const describeOnPostgres = (name: string, suite: Suite, options?: SuiteOptions): void => {
    const label = missing('redis') === undefined ? '[Postgres, Redis]' : '[Postgres, in-process store]';
    describeWith(`${name} ${label}`, missing('postgres'), suite, options);
  };

  const describeOnPglite = (name: string, suite: Suite, options: SuiteOptions = {}): void => {
    describe(`${name} [PGlite, in-process store]`, { ...options }, () => run('pglite', suite));
  };

  return {
    describeOnPostgres,

    /** Runs the suite on both backends: PGlite with the in-process store, and Postgres (with Redis if available). */
    describeOnBackends(name: string, suite: Suite, options?: SuiteOptions): void {
      describeOnPglite(name, suite, options);
      describeOnPostgres(name, suite, options);
    },

    /** On Postgres; also on PGlite in CI or if there is no Postgres. For suites that take long. */
    describeOnPostgresFirst(name: string, suite: Suite, options?: SuiteOptions): void {
      if (process.env.CI || missing('postgres') !== undefined) describeOnPglite(name, suite, options);
      describeOnPostgres(name, suite, options);
    },

    /** For suites about Redis itself. */
    describeOnRedis(name: string, suite: Suite, options?: SuiteOptions): void {
      describeWith(`${name} [Postgres, Redis]`, missing('postgres') ?? missing('redis'), suite, options);
    },
  };
}

/** Suites whose gateways run in their own processes. */
export const { describeOnBackends, describeOnPostgres, describeOnPostgresFirst, describeOnRedis } =
  suitesWith(startGateway);
