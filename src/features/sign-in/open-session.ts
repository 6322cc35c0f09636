import { recordAudit } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';
import type { Session, SignedIn } from '../sessions/index.js';
import type { SignInDeps } from './deps.js';

export interface Opening {
  /** Locked until the transaction ends. */
  readonly user: User;
  readonly remembered: boolean;
  readonly amr: readonly string[];
  /** The counters that start anew. */
  readonly counterKeys: readonly string[];
  readonly deviceCookie: string | undefined;
  readonly client: RequestOrigin;
}

export interface Opened {
  readonly session: Session;
  readonly user: User;
  /** Makes the device known to the account at its next sign-in. */
  readonly deviceCookie: string;
}

/** A finished sign-in. */
export interface Finished {
  readonly signedIn: SignedIn;
  readonly deviceCookie: string;
}

/**
 * Opens a session once every factor has passed. The user's row is locked: a deactivation or a reset comes either
 * before, and has been seen, or after, and ends this session with the others.
 */
export async function openSession(deps: SignInDeps, tx: Database, opening: Opening): Promise<Opened> {
  const { remembered, amr, client } = opening;
  const user = await deps.users.noteSignIn(tx, opening.user.id);
  const session = await deps.sessions.start(tx, { user, remembered, amr, client });
  const deviceCookie = await deps.lockout.cleared(tx, opening.counterKeys, user.id, opening.deviceCookie);
  await recordAudit(tx, { type: 'LOGIN_SUCCEEDED', actorId: user.id, subjectId: user.id, client });
  return { session, user, deviceCookie };
}

/** The tokens of a session that has just been opened, after its transaction. */
export async function finish(deps: SignInDeps, { session, user, deviceCookie }: Opened): Promise<Finished> {
  deps.metrics.signIns.inc({ outcome: 'succeeded' });
  return { signedIn: await deps.sessions.tokensOf(session, user), deviceCookie };
}
