import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { UserStore, userReference } from './accounts/index.js';
import { type AdministrationParts, administration, bootstrapAdmin } from './administration/index.js';
import { AuditChain } from './audit/index.js';
import type { Config } from './config.js';
import { Cursors } from './graphql/cursor.js';
import type { Feature } from './graphql/feature.js';
import { enforceAuth } from './graphql/guard.js';
import { enforceRateLimits } from './graphql/rate-limit.js';
import { buildBareSchema } from './graphql/schema.js';
import { createApolloServer } from './graphql/server.js';
import { createHttpServer } from './http/server.js';
import { stopServing } from './http/stop.js';
import { Lockout, lockoutFeature, SprayGuard } from './lockout/index.js';
import { createTransport, FloodGuard, Outbox, Renderer } from './mail/index.js';
import { OneTimeTokenStore } from './one-time-tokens/index.js';
import { createHashing, Passwords, passwordsFeature } from './passwords/index.js';
import { type Clock, systemClock } from './platform/clock.js';
import { type DatabaseHandle, MIGRATIONS_FOLDER, openDatabase } from './platform/database.js';
import { Jobs, upkeepJob } from './platform/jobs.js';
import { Keyring } from './platform/keyring.js';
import type { Log } from './platform/log.js';
import { Metrics } from './platform/metrics.js';
import { MemoryStore } from './platform/store.memory.js';
import { RedisStore } from './platform/store.redis.js';
import { confirmEmailChange, profile } from './profile/index.js';
import { type RegistrationParts, registration, requestLinkAgain } from './registration/index.js';
import { Sessions, sessionsFeature } from './sessions/index.js';
import { signIn } from './sign-in/index.js';
import { TwoFactor, twoFactorFeature } from './two-factor/index.js';

export interface Gateway {
  /** For the operator's commands. */
  readonly administration: AdministrationParts;
  readonly http: FastifyInstance;
  /** The schema as clients and routers see it. */
  readonly sdl: string;
  /** Takes no more requests, finishes what runs, `milliseconds` at most, and lets go of everything. */
  close(milliseconds: number): Promise<void>;
}

/** How long it is still served after the gateway has said that it stops, in milliseconds. */
const NOTICE = 1000;

/** Brings the database's tables up to date, one process at a time. */
export async function migrate(database: DatabaseHandle): Promise<void> {
  await database.withMigrationLock((connection) => connection.migrate(MIGRATIONS_FOLDER));
  await Jobs.install(database);
}

/** The composition root: makes each part once and hands it to those that need it. */
export async function createGateway(config: Config, log: Log, clock: Clock = systemClock): Promise<Gateway> {
  const database = await openDatabase(config.database.url, config.database.poolSize, log);
  if (config.database.migrateOnStart) await migrate(database);
  const { db } = database;
  const metrics = new Metrics();
  const local = new MemoryStore(clock);
  const redis = config.redisUrls.length > 0 ? new RedisStore(config.redisUrls, log) : undefined;
  await redis?.start();
  const store = redis ?? local;
  const jobs = new Jobs(database, log);
  const transport = createTransport(config.mail.transport);
  const renderer = new Renderer();
  const outbox = new Outbox({
    jobs,
    renderer,
    transport,
    cipher: new Keyring(config.secrets.encryption, 'mails'),
    from: config.mail.from,
    metrics: {
      sent: (template) => metrics.mails.inc({ template, outcome: 'sent' }),
      failed: (template) => metrics.mails.inc({ template, outcome: 'failed' }),
    },
    log,
  });
  const auditChain = new AuditChain(db, config.secrets.encryption, log);
  const users = new UserStore(db);
  const tokens = new OneTimeTokenStore(db, new Keyring(config.secrets.encryption, 'links'));
  const hashing = createHashing(config.passwords, metrics);
  const { requireVerifiedEmail, linkBase } = config;
  const sessions = new Sessions({
    db,
    users,
    store,
    outbox,
    clock,
    log,
    metrics,
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
  const floodGuard = new FloodGuard(store, local);
  const lockout = new Lockout({
    db,
    outbox,
    metrics,
    deviceSecrets: config.secrets.refresh,
    rule: config.lockout,
    sprayGuard: config.rateLimitEnabled ? new SprayGuard(store, local) : undefined,
  });
  const passwords = new Passwords({
    db,
    users,
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
  const registrationParts: RegistrationParts = {
    db,
    users,
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

  const administrationParts: AdministrationParts = {
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
    registration(registrationParts),
    lockoutFeature(lockout),
    passwordsFeature(passwords),
    twoFactorFeature(secondFactor),
    profile(ownProfile),
    administration(administrationParts, new Cursors(new Keyring(config.secrets.encryption, 'cursors'))),
    signIn({
      db,
      users,
      hashing,
      sessions,
      lockout,
      secondFactor,
      requireVerifiedEmail,
      mailLinkAgain: (userId) => requestLinkAgain(registrationParts, userId),
      metrics,
      log,
    }),
  ];

  const bare = await buildBareSchema(features, config.graphql.federationAuthenticated);
  const guarded = enforceAuth(bare.executable, features, config.graphql.routerSecret);
  const schema = config.rateLimitEnabled ? enforceRateLimits(guarded, redis) : guarded;
  const apollo = createApolloServer({
    schema,
    credentialFields: bare.credentialFields,
    introspection: config.graphql.introspection,
    log,
    metrics,
  });
  await sessions.keys.start();
  await sessions.parts.cache.start(database);
  await apollo.start();
  const upkeep = features.flatMap((feature) => feature.upkeep ?? []);
  await jobs.start([...features.flatMap((feature) => feature.jobs ?? []), upkeepJob(upkeep, log)]);

  if (config.bootstrapAdmin !== undefined) {
    // A name that somebody took meanwhile must not keep the gateway from serving everybody else.
    await bootstrapAdmin(administrationParts, config.bootstrapAdmin).then(
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
    pingDatabase: () => database.ping(),
    storeIsHealthy: () => store.healthy,
    isDraining: () => draining,
  });
  return {
    administration: administrationParts,
    http,
    sdl: bare.sdl,
    async close(milliseconds) {
      draining = true;
      // Balancers see the 503, and clients the "connection: close", before any connection is closed on them.
      await sleep(NOTICE);
      await stopServing(http);
      await jobs.stop(milliseconds);
      await apollo.stop();
      sessions.keys.stop();
      await Promise.all([transport.close(), renderer.close(), store.close(), database.close()]);
    },
  };
}
