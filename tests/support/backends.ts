import { describe } from 'vitest';
import { type Backend, type Gateway, type GatewayOptions, startGateway } from './gateway.js';
import { missingServices } from './services.js';

export interface BackendContext {
  backend: Backend;
  /** A gateway on this backend. Only inside hooks and tests: a skipped suite starts nothing. */
  start(options?: Omit<GatewayOptions, 'backend'>): Promise<Gateway>;
}

type Suite = (context: BackendContext) => void;

/** The same promises on both backends: PGlite with the in-process store, and Postgres with Redis. */
export function describeOnBackends(name: string, suite: Suite): void {
  describe(`${name} [PGlite, in-process store]`, () => suite(contextOf('pglite')));
  describeOnPostgres(name, suite);
}

/** For what only the servers can show. Where they cannot run, the end of the run names the suite and why. */
export function describeOnPostgres(name: string, suite: Suite): void {
  const couldNotRun = missingServices();
  describe(
    `${name} [Postgres, Redis]`,
    couldNotRun === undefined ? {} : { skip: true, meta: { couldNotRun } },
    () => suite(contextOf('postgres')),
  );
}

const contextOf = (backend: Backend): BackendContext => ({
  backend,
  start: (options = {}) => startGateway({ ...options, backend }),
});
