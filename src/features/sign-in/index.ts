import type { Feature } from '../../graphql/feature.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { Metrics } from '../../platform/metrics.js';
import { completeSignIn, issueTokens } from './complete-sign-in.js';
import type { SignInDeps } from './deps.js';
import { signInMetrics } from './metrics.js';
import type { CompletedSignIn, OpenedSession, PendingChallenge, Proof } from './sign-in.model.js';
import { SignInResolver } from './sign-in.resolver.js';

export interface SignInOptions extends Omit<SignInDeps, 'metrics'> {
  readonly metrics: Metrics;
}

export interface SignIn {
  readonly feature: Feature;
  /** See `completeSignIn`. */
  complete(tx: Database, actor: Actor, proof: Proof): Promise<OpenedSession | PendingChallenge>;
  /** See `issueTokens`. */
  issueTokens(opened: OpenedSession): Promise<CompletedSignIn>;
}

/** Sign-in by password, and the end of every other way to sign in. */
export function createSignIn({ metrics, ...shared }: SignInOptions): SignIn {
  const deps: SignInDeps = { ...shared, metrics: signInMetrics(metrics) };
  return {
    complete: (tx, actor, proof) => completeSignIn(deps, tx, actor, proof),
    issueTokens: (opened) => issueTokens(deps, opened),
    feature: { resolvers: [new SignInResolver(deps)] },
  };
}
