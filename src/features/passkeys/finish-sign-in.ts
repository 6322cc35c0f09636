import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { TokenDelivery } from '../sessions/index.js';
import type { CompletedSignIn, OpenedSession } from '../sign-in/index.js';
import { type AssertionJson, parseAssertion } from './credential-json.js';
import type { PasskeyDeps } from './deps.js';
import type { AssertionFacts, Passkey } from './passkey.model.js';
import { PASSKEY_AMR } from './passkeys.factor.js';
import { reportCopy } from './report-copy.js';
import { verifyAssertion } from './verify.js';

/** The state of the account is read again if it changed meanwhile. */
const MAX_READS = 3;

export interface FinishedSignIn {
  readonly challengeToken: string;
  /** JSON text of an AuthenticationResponseJSON. */
  readonly credential: string;
  readonly rememberMe: boolean;
  readonly delivery: TokenDelivery;
  readonly deviceCookie: string | undefined;
}

interface ProvenPasskey {
  readonly passkey: Passkey;
  readonly facts: AssertionFacts;
}

/**
 * Signs a user in by a passkey alone: it proves possession and, by user verification, knowledge or biometry. A lock by
 * wrong passwords does not apply, because strangers can cause it. The token is consumed first, so that a challenge is
 * answered once; only malformed input does not consume it.
 * @throws AuthError BAD_USER_INPUT, TOKEN_INVALID; INVALID_CREDENTIALS for an unknown passkey, a wrong assertion and a
 *   copied key alike; ACCOUNT_DISABLED and EMAIL_NOT_VERIFIED only after the right assertion
 */
export async function finishSignIn(
  deps: PasskeyDeps,
  actor: Actor,
  input: FinishedSignIn,
): Promise<CompletedSignIn> {
  const response = parseAssertion(input.credential);
  await deps.tokens.consumeAnonymous(deps.db, 'PASSKEY_SIGN_IN', input.challengeToken);
  const proven = await prove(deps, actor, input.challengeToken, response);
  for (let read = 0; read < MAX_READS; read += 1) {
    const opened = await open(deps, actor, proven, input);
    if (opened === 'copied') {
      await reportCopy(deps, actor, proven.passkey);
      break;
    }
    if (opened !== 'changed') return deps.signIn.issueTokens(opened);
  }
  throw refused(deps);
}

async function prove(
  deps: PasskeyDeps,
  actor: Actor,
  token: string,
  response: AssertionJson,
): Promise<ProvenPasskey> {
  const { db, store, relyingParty } = deps;
  const passkey = await store.findByCredentialId(db, Buffer.from(response.id, 'base64url'));
  const facts = passkey && (await verifyAssertion(relyingParty, token, response, passkey, true));
  if (facts !== undefined && passkey !== undefined) return { passkey, facts };
  const details = { method: 'PASSKEY' };
  await recordAudit(db, actor, { type: 'LOGIN_FAILED', subjectId: passkey?.userId, details });
  throw refused(deps);
}

function refused({ signIn }: PasskeyDeps): AuthError {
  signIn.countFailure();
  return new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
}

/**
 * Opens the session after a right assertion.
 * @returns 'changed' if the account has changed since it was read; 'copied' if the signature counter has not grown
 */
async function open(
  { db, users, store, signIn }: PasskeyDeps,
  actor: Actor,
  { passkey, facts }: ProvenPasskey,
  { rememberMe, delivery, deviceCookie }: FinishedSignIn,
): Promise<OpenedSession | 'changed' | 'copied'> {
  const seen = await users.load(passkey.userId);
  if (seen === null) return 'changed';
  await signIn.requireUsable(seen);
  return db.transaction(async (tx) => {
    const user = await users.lock(tx, seen.id);
    if (user?.credentialsVersion !== seen.credentialsVersion || !user.isActive) return 'changed';
    if (!(await store.claimCounter(tx, passkey.id, facts))) {
      return (await store.exists(tx, passkey.id)) ? 'copied' : 'changed';
    }
    const proof = { user, amr: PASSKEY_AMR, remembered: rememberMe, delivery, counterKeys: [], deviceCookie };
    return signIn.open(tx, actor, proof);
  });
}
