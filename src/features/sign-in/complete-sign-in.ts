import { recordAudit } from '../../audit/index.js';
import { type Actor, actingAs } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { Challenge } from '../second-factors/index.js';
import type { TokenDelivery } from '../sessions/index.js';
import type { SignInDeps } from './deps.js';
import type { CompletedSignIn, OpenedSession, Proof } from './sign-in.model.js';

/**
 * Opens a session or, if the user has a second factor, issues a challenge. Every sign-in method calls this
 * after its first factor. The row of the user is locked during the lookup, so no factor can be enabled concurrently.
 */
export async function completeSignIn(
  deps: SignInDeps,
  tx: Database,
  actor: Actor,
  proof: Proof,
): Promise<OpenedSession | Challenge> {
  const challenge = await deps.secondFactors.issueChallenge(tx, proof.user.id, payloadOf(proof));
  return challenge ?? openSession(deps, tx, actor, proof);
}

/**
 * Opens a session after all required factors are proven. The caller holds the lock on the user's row. A concurrent deactivation or password reset therefore commits first, and the caller sees it, or waits and then ends this session.
 */
export async function openSession(
  deps: SignInDeps,
  tx: Database,
  actor: Actor,
  { user: { id }, remembered, amr, delivery, counterKeys, deviceCookie }: Proof,
): Promise<OpenedSession> {
  const user = await deps.users.recordSignIn(tx, id);
  const session = await deps.sessions.start(tx, actor, { user, remembered, amr });
  const newDeviceCookie = await deps.lockout.recordSuccess(tx, counterKeys, id, deviceCookie);
  await recordAudit(tx, actingAs(actor, id), { type: 'LOGIN_SUCCEEDED', subjectId: id });
  return { session, user, delivery, deviceCookie: newDeviceCookie };
}

/** Issues the tokens of an opened session. Call it after the transaction commits. */
export async function issueTokens(
  deps: SignInDeps,
  { session, user, delivery, deviceCookie }: OpenedSession,
): Promise<CompletedSignIn> {
  deps.metrics.signIns.inc({ outcome: 'succeeded' });
  return { tokens: await deps.sessions.issueTokens(session, user), delivery, deviceCookie };
}

/** The payload of the challenge. It includes `counterKeys`, because the failure counters are cleared only after the second step. */
function payloadOf({ amr, remembered, delivery, counterKeys }: Proof) {
  return {
    amr: amr.join(' '),
    remembered: remembered ? 'yes' : 'no',
    delivery,
    counterKeys: counterKeys.join(' '),
  };
}

/** Parses the result of `payloadOf`. */
export function readPayload(payload: Readonly<Record<string, string>>) {
  return {
    amr: splitWords(payload.amr ?? 'pwd'),
    remembered: payload.remembered === 'yes',
    delivery: payload.delivery as TokenDelivery,
    counterKeys: splitWords(payload.counterKeys),
  };
}

function splitWords(text = ''): string[] {
  return text === '' ? [] : text.split(' ');
}
