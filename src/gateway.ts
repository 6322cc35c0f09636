import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { AuditChain } from './audit/index.js';
import { type Config, ConfigurationError } from './config.js';
import { PendingRegistrationStore, UserStore, userReference } from './features/accounts/index.js';
import { type AdministrationDeps, administration, bootstrapAdmin } from './features/administration/index.js';
import { Lockout, lockoutFeature, lockoutMetrics, SprayGuard } from './features/lockout/index.js';
import { OneTimeTokenStore } from './features/one-time-tokens/index.js';
import { createHashing, Passwords, passwordsFeature } from './features/passwords/index.js';
import { confirmEmailChange, profile } from './features/profile/index.js';
import { type RegistrationDeps, registration, requestLinkAgain } from './features/registration/index.js';
import { Sessions, sessionMetrics, sessionsFeature } from './features/sessions/index.js';
import { signIn, signInMetrics } from './features/sign-in/index.js';
import { TwoFactor, twoFactorFeature } from './features/two-factor/index.js';
import { Cursors } from './graphql/cursor.js';
import type { Feature } from './graphql/feature.js';
import { enforceAuth } from './graphql/guard.js';
import { enforceRateLimits } from './graphql/rate-limit.js';
import { buildBareSchema } from './graphql/schema.js';
import { createApolloServer } from './graphql/server.js';
import { createHttpServer } from './http/server.js';
import { stopServing } from './http/stop.js';
import { createTransport, FloodGuard, mailMetrics, Outbox, Renderer } from './mail/index.js';
import { type Clock, systemClock } from './platform/clock.js';
import { Jobs, maintenanceJob } from './platform/jobs.js';
import { Keyring } from './platform/keyring.js';
import { Lifecycle } from './platform/lifecycle.js';
import type { Log } from './platform/log.js';
import { Metrics } from './platform/metrics.js';
import { connectDatabase, migrate } from './platform/startup.js';
import type { WindowCounter } from './platform/window-counter.js';
import { MemoryWindowCounter } from './platform/window-counter.memory.js';
import { RedisWindowCounter } from './platform/window-counter.redis.js';

export interface Gateway {
  /** For the operator's commands. */
  readonly administration: AdministrationDeps;
  readonly http: FastifyInstance;
  /** The schema as clients and routers see it. */
  readonly sdl: string;
  /** Announces the stop, finishes running requests and jobs, `milliseconds` at most, and closes everything. */
  close(milliseconds: number): Promise<void>;
}

/**
 * The composition root: makes each part once and hands it to those that need it.
 * @throws StartupError if the operator must change something; the reason of `signal`, which aborts the start
 */
export function createGateway(
  config: Config,
  log: Log,
  clock: Clock = systemClock,
  signal?: AbortSignal,
): Promise<Gateway> {
  return Lifecycle.start(log, signal, (lifecycle) => assemble(config, log, clock, lifecycle));
}

/** Counts for all nodes in Redis, or for this process alone. */
async function openCounter(redisUrls: readonly string[], clock: Clock, log: Log): Promise<WindowCounter> {
  const local = new MemoryWindowCounter(clock);
  if (redisUrls.length === 0) return local;
  const shared = new RedisWindowCounter(redisUrls, local, log);
  await shared.start();
  return shared;
}

async function assemble(config: Config, log: Log, clock: Clock, lifecycle: Lifecycle): Promise<Gateway> {
  lifecycle.step('opening the database');
  const database = await connectDatabase(config.database.url, config.database.poolSize, log);
  lifecycle.onClose(() => database.close());
  if (config.database.migrateOnStart) {
    lifecycle.step('applying pending migrations');
    await migrate(database);
  }
  lifecycle.step('starting the gateway');
  const { db } = database;
  const metrics = new Metrics();
  const counter = await openCounter(config.redisUrls, clock, log);
  lifecycle.onClose(() => counter.close());
  const jobs = new Jobs(database, log);
  const transport = createTransport(config.mail.transport);
  const renderer = new Renderer();
  lifecycle.onClose(() => Promise.all([transport.close(), renderer.close()]));
  const outbox = new Outbox({
    jobs,
    renderer,
    transport,
    cipher: new Keyring(config.secrets.encryption, 'mails'),
    from: config.mail.from,
    metrics: mailMetrics(metrics),
    log,
  });
  const auditChain = new AuditChain(db, config.secrets.encryption, log);
  const users = new UserStore(db);
  const registrations = new PendingRegistrationStore(db);
  const tokens = new OneTimeTokenStore(db, new Keyring(config.secrets.encryption, 'links'));
  const hashing = createHashing(config.passwords, metrics);
  const { requireVerifiedEmail, linkBase } = config;
  const sessions = new Sessions({
    database,
    users,
    outbox,
    clock,
    log,
    metrics: sessionMetrics(metrics),
    keys: {
      algorithm: config.tokens.algorithm,
      secrets: config.secrets.jwt,
      rotationDays: config.tokens.keyRotationDays,
      accessTokenSeconds: config.tokens.accessTokenSeconds,
    },
    accessTokens: {
      issuer: config.tokens.issuer,
      audience: config.tokens.audience,
      seconds: config.tokens.accessTokenSeconds,
    },
    refreshSecrets: config.secrets.refresh,
    lifetimes: config.sessions,
    graceSeconds: config.sessions.graceSeconds,
  });
  const floodGuard = new FloodGuard(counter);
  const lockout = new Lockout({
    db,
    outbox,
    metrics: lockoutMetrics(metrics),
    deviceSecrets: config.secrets.refresh,
    rule: config.lockout,
    sprayGuard: config.rateLimitEnabled ? new SprayGuard(counter) : undefined,
  });
  const passwords = new Passwords({
    db,
    users,
    registrations,
    tokens,
    hashing,
    lockout,
    sessions,
    outbox,
    floodGuard,
    jobs,
    linkBase,
    removeSecondFactors: (tx, userId) => secondFactor.reset(tx, userId),
  });
  const secondFactor: TwoFactor = new TwoFactor({
    db,
    users,
    tokens,
    sessions,
    outbox,
    clock,
    encryptionSecrets: config.secrets.encryption,
    confirmPassword: passwords.confirm,
  });
  const ownProfile = {
    db,
    users,
    tokens,
    sessions,
    outbox,
    floodGuard,
    linkBase,
    confirmPassword: passwords.confirm,
  };
  const registrationDeps: RegistrationDeps = {
    db,
    users,
    registrations,
    tokens,
    hashing,
    sessions,
    lockout,
    outbox,
    floodGuard,
    jobs,
    linkBase,
    requireVerifiedEmail,
    confirmEmailChange: (token, client) => confirmEmailChange(ownProfile, token, client),
  };

  const administrationDeps: AdministrationDeps = {
    db,
    users,
    tokens,
    sessions,
    lockout,
    twoFactor: secondFactor,
    outbox,
    linkBase,
  };

  const features: readonly Feature[] = [
    { references: [userReference(users)], jobs: [outbox.job, auditChain.job] },
    sessionsFeature(sessions),
    registration(registrationDeps),
    lockoutFeature(lockout),
    passwordsFeature(passwords),
    twoFactorFeature(secondFactor),
    profile(ownProfile),
    administration(administrationDeps, new Cursors(new Keyring(config.secrets.encryption, 'cursors'))),
    signIn({
      db,
      users,
      registrations,
      hashing,
      sessions,
      lockout,
      secondFactor,
      requireVerifiedEmail,
      mailLinkAgain: (userId) => requestLinkAgain(registrationDeps, userId),
      metrics: signInMetrics(metrics),
      log,
    }),
  ];

  const bare = await buildBareSchema(features, config.graphql.federationAuthenticated, config.rateLimits);
  const unknown = Object.keys(config.rateLimits).findIndex((name) => !bare.operationNames.has(name));
  if (unknown >= 0) {
    throw new ConfigurationError([
      `RATE_LIMITS entry ${unknown + 1} must name a query or mutation of the schema`,
    ]);
  }
  const guarded = enforceAuth(bare.executable, features, config.graphql.routerSecret);
  const schema = config.rateLimitEnabled ? enforceRateLimits(guarded, counter) : guarded;
  const apollo = createApolloServer({
    schema,
    credentialFields: bare.credentialFields,
    introspection: config.graphql.introspection,
    log,
    metrics,
  });
  lifecycle.onClose(() => sessions.close());
  await sessions.open();
  await apollo.start();
  lifecycle.onClose(() => apollo.stop());
  const maintenance = features.flatMap((feature) => feature.maintenance ?? []);
  lifecycle.onClose((milliseconds) => jobs.stop(milliseconds));
  await jobs.start([...features.flatMap((feature) => feature.jobs ?? []), maintenanceJob(maintenance, log)]);

  if (config.bootstrapAdmin !== undefined) {
    // A name that somebody took meanwhile must not keep the gateway from serving everybody else.
    await bootstrapAdmin(administrationDeps, config.bootstrapAdmin).then(
      (made) => made && log.info('there was no admin: one was made and invited by mail'),
      (error) => log.error({ err: error }, 'there is no admin, and the one to begin with could not be made'),
    );
  }

  let draining = false;
  const http = await createHttpServer({
    apollo,
    authenticate: sessions.authenticate,
    jwks: () => sessions.keys.jwks,
    log,
    metrics,
    metricsToken: config.http.metricsToken,
    production: config.production,
    trustProxy: config.http.trustProxy,
    corsOrigins: config.http.corsOrigins,
    ownPages: config.ownPages,
    canWrite: () => database.canWrite(),
    isCounterShared: () => counter.isShared,
    isDraining: () => draining,
  });
  lifecycle.onClose((milliseconds) => stopServing(http, milliseconds));
  return {
    administration: administrationDeps,
    http,
    sdl: bare.sdl,
    async close(milliseconds) {
      draining = true;
      // Balancers see the 503, and clients the "connection: close", before any connection is closed on them.
      await sleep(config.shutdownNoticeSeconds * 1000);
      await lifecycle.close(milliseconds);
    },
  };
}
