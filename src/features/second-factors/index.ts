import type { Feature } from '../../graphql/feature.js';
import type { Actor, SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { ReauthenticationMethod } from '../../platform/error.js';
import type { User, UserCondition } from '../accounts/index.js';
import { AttemptStore } from './attempts.store.js';
import {
  type Challenge,
  type ChallengePayload,
  issueChallenge,
  type RedeemedChallenge,
  redeemChallenge,
} from './challenge.js';
import { type Confirmation, confirmBothFactors } from './confirm-both-factors.js';
import { type Attempt, runCountedAttempt } from './counted-attempt.js';
import type { SecondFactorDeps } from './deps.js';
import { removeFactors } from './disable.js';
import type { Factor, FactorResponse } from './factor.model.js';
import { SecondFactorsResolver, UserTwoFactorResolver } from './second-factors.resolver.js';
import { SecondFactorsStore } from './second-factors.store.js';
import {
  type FactorAttempt,
  offeredFactors,
  type ProvenFactor,
  reauthenticationMethods,
  useFactor,
} from './use-factor.js';

export type { Challenge } from './challenge.js';
export type { Confirmation } from './confirm-both-factors.js';
export { type Factor, type FactorResponse, withOneTimeCode } from './factor.model.js';
export { ConfirmTwoFactorInput } from './second-factors.input.js';
export { TwoFactorMethod } from './second-factors.type.js';

/** All second factors, regardless of their method. Methods with `tx` run in the transaction of the caller. */
export interface SecondFactors {
  readonly feature: Feature;
  /** The gateway calls this once, with the factors of all features. */
  register(factors: readonly Factor[]): void;
  /** The SQL condition that a user has a second factor. */
  readonly enabledFor: UserCondition;
  /** Whether a sign-in of the user needs a second factor. */
  isRequired(tx: Database, userId: string): Promise<boolean>;
  /** The ways in which the user can authenticate again by a factor alone. */
  reauthenticationMethods(tx: Database, userId: string): Promise<ReauthenticationMethod[]>;
  /** See `issueChallenge`. */
  issueChallenge(tx: Database, userId: string, payload: ChallengePayload): Promise<Challenge | undefined>;
  /** See `redeemChallenge`. */
  redeemChallenge<T>(
    actor: Actor,
    challengeToken: string,
    response: FactorResponse,
    finish: (tx: Database, redeemed: RedeemedChallenge) => Promise<T>,
  ): Promise<T>;
  /** See `useFactor`. */
  use<T>(
    actor: Actor,
    attempt: FactorAttempt,
    response: FactorResponse,
    effect: (tx: Database, proven: ProvenFactor) => Promise<T>,
  ): Promise<T>;
  /** See `runCountedAttempt`. */
  runCountedAttempt<T>(
    actor: Actor,
    attempt: Attempt,
    work: (tx: Database, user: User) => Promise<T>,
  ): Promise<T>;
  /** See `confirmBothFactors`. */
  confirmBothFactors<T>(
    actor: SignedInActor,
    confirmation: Confirmation,
    effect: (tx: Database, proven: ProvenFactor) => Promise<T>,
  ): Promise<T>;
  /** See `removeFactors`. */
  remove(tx: Database, userId: string): Promise<boolean>;
}

export function createSecondFactors(
  shared: Omit<SecondFactorDeps, 'attempts' | 'reauthenticationAttempts' | 'registered'>,
): SecondFactors {
  const attempts = new AttemptStore(shared.db, 'second factors');
  const reauthenticationAttempts = new AttemptStore(shared.db, 'reauthentications');
  let registration: ReturnType<SecondFactorDeps['registered']> | undefined;
  const registered = () => {
    if (registration === undefined) throw new TypeError('the second factors are not registered yet');
    return registration;
  };
  const deps: SecondFactorDeps = { ...shared, attempts, reauthenticationAttempts, registered };
  return {
    register(factors) {
      const conditions = factors.flatMap(({ enabledFor }) => enabledFor ?? []);
      registration = { factors, store: new SecondFactorsStore(shared.db, conditions) };
    },
    enabledFor: (userId) => registered().store.enabledFor(userId),
    isRequired: async (tx, userId) => (await offeredFactors(registered().factors, tx, userId)).length > 0,
    reauthenticationMethods: (tx, userId) => reauthenticationMethods(registered().factors, tx, userId),
    issueChallenge: (tx, userId, payload) => issueChallenge(deps, tx, userId, payload),
    redeemChallenge: (actor, token, response, finish) =>
      redeemChallenge(deps, actor, token, response, finish),
    use: (actor, attempt, response, effect) => useFactor(deps, actor, attempt, response, effect),
    runCountedAttempt: (actor, attempt, work) => runCountedAttempt(deps, actor, attempt, work),
    confirmBothFactors: (actor, confirmation, effect) =>
      confirmBothFactors(deps, actor, confirmation, effect),
    remove: (tx, userId) => removeFactors(deps, tx, userId),
    feature: {
      resolvers: [new SecondFactorsResolver(deps), new UserTwoFactorResolver(deps)],
      maintenance: [
        { name: 'old second-factor attempts', run: () => attempts.deleteOld() },
        { name: 'old reauthentication attempts', run: () => reauthenticationAttempts.deleteOld() },
      ],
    },
  };
}
