import type { Config } from './config.js';
import { createAccessTokens } from './features/access-tokens/index.js';
import { Notices, PendingRegistrationStore, UserStore, userReference } from './features/accounts/index.js';
import { type Administration, createAdministration } from './features/administration/index.js';
import { createIdentityProviders } from './features/identity-providers/index.js';
import { createLockout } from './features/lockout/index.js';
import { OneTimeTokenStore } from './features/one-time-tokens/index.js';
import { createPasskeys } from './features/passkeys/index.js';
import { createBreachedPasswords, createHashing, createPasswords } from './features/passwords/index.js';
import { createProfile } from './features/profile/index.js';
import { createRecoveryCodes } from './features/recovery-codes/index.js';
import { createRegistration } from './features/registration/index.js';
import { createSecondFactors } from './features/second-factors/index.js';
import { createSessionFeed } from './features/session-feed/index.js';
import { createSessions, type Sessions } from './features/sessions/index.js';
import { createSignIn } from './features/sign-in/index.js';
import { createStatistics } from './features/statistics/index.js';
import { createStepUp, type StepUp } from './features/step-up/index.js';
import { createTotp } from './features/totp/index.js';
import type { Authenticate } from './graphql/context.js';
import { Cursors } from './graphql/cursor.js';
import type { Feature } from './graphql/feature.js';
import type { Infrastructure } from './infrastructure.js';
import type { Database } from './platform/database.js';
import { Keyring } from './platform/keyring.js';

export interface Features {
  readonly all: readonly Feature[];
  readonly authenticate: Authenticate;
  readonly requireRecentAuth: StepUp['requireWithin'];
  readonly watchSession: Sessions['watch'];
  readonly administration: Administration;
}

export function createFeatures(config: Config, infrastructure: Infrastructure): Features {
  const { database, outbox, clock, metrics, tracer, auditChain } = infrastructure;
  const { secrets, linkBase, requireVerifiedEmail } = config;
  const { db, reader, writer } = database;
  const users = new UserStore(db);
  const shared = {
    ...infrastructure,
    db,
    users,
    registrations: new PendingRegistrationStore(db),
    tokens: new OneTimeTokenStore(db, new Keyring(secrets.encryption, 'links')),
    hashing: createHashing(config.passwords, metrics, tracer),
    breachedPasswords: createBreachedPasswords({ ...infrastructure, url: config.passwords.breachedUrl }),
    notices: new Notices(outbox, clock),
    linkBase,
    requireVerifiedEmail,
  };
  const { accessTokenSeconds, algorithm, keyRotationDays, issuer, audience } = config.tokens;
  const access = createAccessTokens({
    ...shared,
    keys: { algorithm, secrets: secrets.jwt, rotationDays: keyRotationDays, accessTokenSeconds },
    options: { issuer, audience, lifetimeSeconds: accessTokenSeconds },
  });
  const sessions = createSessions({
    ...shared,
    accessTokens: access.accessTokens,
    refreshSecrets: secrets.refresh,
    lifetimes: config.sessions,
  });
  const { serviceTokens } = config;
  const sessionFeed = createSessionFeed({ ...shared, sessions, serviceTokens, accessTokenSeconds });
  const locks = createLockout({
    ...shared,
    deviceSecrets: secrets.refresh,
    rule: config.lockout,
    rateLimitEnabled: config.rateLimitEnabled,
  });
  const { lockout, isLockedFor } = locks;
  const passwords = createPasswords({
    ...shared,
    lockout,
    sessions,
    // Called after the creation of all features: second factors, step-up and identity providers need passwords too.
    requireRecentAuth: (actor) => stepUp.requireInPlaceOfPassword(actor),
    removeSecondFactors: async (tx: Database, userId) => {
      await identityProviders.removeAll(tx, userId);
      return secondFactors.remove(tx, userId);
    },
  });
  const secondFactors = createSecondFactors({ ...shared, passwords });
  const recoveryCodes = createRecoveryCodes(secondFactors);
  const totp = createTotp({
    ...shared,
    sessions,
    passwords,
    secondFactors,
    recoveryCodes,
    issuer: config.brand.name,
    encryptionSecrets: secrets.encryption,
  });
  const { stepUpSeconds } = config;
  const stepUp = createStepUp({ ...shared, sessions, passwords, secondFactors, stepUpSeconds });
  const profile = createProfile({ ...shared, sessions, passwords });
  const registration = createRegistration({
    ...shared,
    sessions,
    lockout,
    stepUp,
    confirmEmailChange: profile.confirmEmailChange,
  });
  const signIn = createSignIn({
    ...shared,
    sessions,
    lockout,
    secondFactors,
    requestLinkAgain: registration.requestLinkAgain,
  });
  const { relyingParty } = config;
  const passkeys = createPasskeys({
    ...shared,
    sessions,
    passwords,
    signIn,
    relyingParty,
    rpName: config.brand.name,
  });
  secondFactors.register([totp.factor, recoveryCodes.factor, passkeys.factor]);
  const identityProviders = createIdentityProviders({
    ...shared,
    sessions,
    signIn,
    settings: config.identityProviders,
    publicUrl: issuer,
    secrets: secrets.encryption,
  });
  signIn.register([passkeys.signInMethod, identityProviders.signInMethod]);
  const cursors = new Cursors(new Keyring(secrets.encryption, 'cursors'));
  const statistics = createStatistics({
    db,
    reader,
    isLockedFor,
    twoFactorEnabledFor: secondFactors.enabledFor,
    hasPasskeyFor: passkeys.hasPasskeyFor,
  });
  const administration = createAdministration({
    ...shared,
    db: writer,
    reader,
    sessions,
    lockout,
    secondFactors,
    removeIdentities: identityProviders.removeAll,
    stepUp,
    signIn,
    isLockedFor,
    storedUsers: statistics.storedUsers,
    cursors,
  });
  const accounts: Feature = {
    references: [userReference(users)],
    jobs: [outbox.job, auditChain.job],
    maintenance: [auditChain.partitions],
    start: () => auditChain.startPartitions(),
  };
  const inOrder = [
    locks,
    access,
    sessions,
    sessionFeed,
    passwords,
    secondFactors,
    recoveryCodes,
    totp,
    stepUp,
    profile,
    registration,
    signIn,
    passkeys,
    identityProviders,
    administration,
    statistics,
  ];
  return {
    all: [accounts, ...inOrder.map(({ feature }) => feature)],
    authenticate: sessions.authenticate,
    requireRecentAuth: stepUp.requireWithin,
    watchSession: sessions.watch,
    administration,
  };
}
