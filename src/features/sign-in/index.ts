import type { Feature } from '../../graphql/feature.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { Metrics } from '../../platform/metrics.js';
import type { User } from '../accounts/index.js';
import type { Challenge } from '../second-factors/index.js';
import { completeSignIn, issueTokens, openSession } from './complete-sign-in.js';
import type { SignInDeps } from './deps.js';
import { signInMetrics } from './metrics.js';
import { requireUsable } from './require-usable.js';
import type { CompletedSignIn, OpenedSession, Proof } from './sign-in.model.js';
import { SignInResolver } from './sign-in.resolver.js';
import { hasMethod, requireMethodLeft, type SignInMethod } from './sign-in-methods.js';

export { answerLogin, answerSignIn, LoginResult, readDeviceCookie } from './login-result.type.js';
export { RememberMeField, TokenDeliveryField } from './sign-in.input.js';
export type { CompletedSignIn, OpenedSession, Proof } from './sign-in.model.js';
export type { SignInMethod } from './sign-in-methods.js';

export interface SignInOptions extends Omit<SignInDeps, 'metrics'> {
  readonly metrics: Metrics;
}

export interface SignIn {
  readonly feature: Feature;
  /** See `completeSignIn`. */
  complete(tx: Database, actor: Actor, proof: Proof): Promise<OpenedSession | Challenge>;
  /** See `openSession`. */
  open(tx: Database, actor: Actor, proof: Proof): Promise<OpenedSession>;
  /** See `issueTokens`. */
  issueTokens(opened: OpenedSession): Promise<CompletedSignIn>;
  /** Counts a failed sign-in by another way than the password. */
  countFailure(): void;
  /** See `requireUsable`. */
  requireUsable(user: User): Promise<void>;
  /** See `hasMethod`. */
  hasMethod(tx: Database, user: User): Promise<boolean>;
  /** See `requireMethodLeft`. */
  requireMethodLeft(tx: Database, user: User): Promise<void>;
  /** The gateway calls this once, with the methods of all features. */
  register(methods: readonly SignInMethod[]): void;
}

/** Sign-in by password, and the end of every other way to sign in. */
export function createSignIn({ metrics, ...shared }: SignInOptions): SignIn {
  const deps: SignInDeps = { ...shared, metrics: signInMetrics(metrics) };
  let methods: readonly SignInMethod[] = [];
  return {
    complete: (tx, actor, proof) => completeSignIn(deps, tx, actor, proof),
    open: (tx, actor, proof) => openSession(deps, tx, actor, proof),
    issueTokens: (opened) => issueTokens(deps, opened),
    countFailure: () => deps.metrics.signIns.inc({ outcome: 'failed' }),
    requireUsable: (user) => requireUsable(deps, user),
    hasMethod: (tx, user) => hasMethod(methods, tx, user),
    requireMethodLeft: (tx, user) => requireMethodLeft(methods, tx, user),
    register(registered) {
      methods = registered;
    },
    feature: { resolvers: [new SignInResolver(deps)] },
  };
}
