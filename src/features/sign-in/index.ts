import type { Feature } from '../../graphql/feature.js';
import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import {
  type Completed,
  completeSignIn,
  issueTokens,
  type OpenedSession,
  type PendingChallenge,
  type Proof,
} from './complete-sign-in.js';
import type { SignInDeps } from './deps.js';
import { SignInResolver } from './sign-in.resolver.js';

export interface SignIn {
  readonly feature: Feature;
  /** See `completeSignIn`. */
  complete(tx: Database, actor: Actor, proof: Proof): Promise<OpenedSession | PendingChallenge>;
  /** See `issueTokens`. */
  issueTokens(opened: OpenedSession): Promise<Completed>;
}

/** Sign-in by password, and the end of every other way to sign in. */
export function createSignIn(deps: SignInDeps): SignIn {
  return {
    complete: (tx, actor, proof) => completeSignIn(deps, tx, actor, proof),
    issueTokens: (opened) => issueTokens(deps, opened),
    feature: { resolvers: [new SignInResolver(deps)] },
  };
}
