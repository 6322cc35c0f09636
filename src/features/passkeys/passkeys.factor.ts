import { recordAudit } from '../../audit/index.js';
import { type Actor, OPERATOR } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { type Factor, type FactorResponse, TwoFactorMethod } from '../second-factors/index.js';
import { requestOptions } from './ceremony.js';
import { parseAssertion } from './credential-json.js';
import type { PasskeyDeps } from './deps.js';
import { removalOf } from './manage.js';
import { reportCopy } from './report-copy.js';
import { verifyAssertion } from './verify.js';

/** Possession of the key, and a second factor that the authenticator checks: a PIN or biometry (RFC 8176). */
export const PASSKEY_AMR: readonly string[] = ['pop', 'mfa'];

/** Passkeys as an alternative to codes, and to authenticate again in a session. */
export class PasskeysFactor implements Factor {
  readonly method = TwoFactorMethod.PASSKEY;
  readonly isSignInMethod = true;
  readonly reauthenticates = 'PASSKEY';

  constructor(readonly deps: PasskeyDeps) {}

  amr(): readonly string[] {
    return PASSKEY_AMR;
  }

  accepts({ credential }: FactorResponse): boolean {
    return credential != null;
  }

  offered(tx: Database, userId: string): Promise<boolean> {
    return this.deps.store.hasAny(tx, userId);
  }

  async begin(tx: Database, userId: string, challengeToken: string): Promise<string> {
    return requestOptions(this.deps.relyingParty, challengeToken, await this.deps.store.list(tx, userId));
  }

  /**
   * Attack: an attacker with a stolen access token replays an assertion that was made for a sign-in, with its token. So
   * a signed-in actor must present the token of a re-authentication, which is consumed here. At a sign-in the token is
   * that of the second step, which the second step itself has consumed.
   * @throws AuthError BAD_USER_INPUT; TOKEN_INVALID if a signed-in actor presents any other token
   */
  async verify(
    tx: Database,
    actor: Actor,
    userId: string,
    { credential, challengeToken }: FactorResponse,
  ): Promise<boolean> {
    const { store, tokens, relyingParty } = this.deps;
    const response = parseAssertion(credential ?? '');
    const token = challengeToken ?? '';
    if (actor.userId !== undefined) {
      const consumed = await tokens.consumeOnce(tx, 'PASSKEY_REAUTHENTICATION', token);
      if (consumed.userId !== userId) return false;
    }
    const passkey = await store.findByCredentialId(tx, Buffer.from(response.id, 'base64url'));
    if (passkey?.userId !== userId) return false;
    const facts = await verifyAssertion(relyingParty, token, response, passkey, false);
    if (facts === undefined) return false;
    if (await store.claimCounter(tx, passkey.id, facts)) return true;
    this.#reportCopyLater(actor, passkey);
    return false;
  }

  /** The audit events have no actor. The event of the calling operation names the admin, if there is one. */
  async remove(tx: Database, userId: string): Promise<boolean> {
    const { store, users, notices } = this.deps;
    const removed = await store.removeAll(tx, userId);
    if (removed.length === 0) return false;
    await recordAudit(tx, OPERATOR, ...removed.map(removalOf));
    const user = await users.lock(tx, userId);
    // A stranger may have chosen the address.
    if (user?.emailVerified) await notices.send(tx, OPERATOR, user, 'passkey-removed', { passkey: null });
    return true;
  }

  /** Not awaited: it waits for the end of this transaction, which locks the user and is rolled back. */
  #reportCopyLater(actor: Actor, passkey: Parameters<typeof reportCopy>[2]): void {
    reportCopy(this.deps, actor, passkey).catch((error) => {
      this.deps.log.error({ err: error }, 'cannot report a passkey whose key may have been copied');
    });
  }
}
