import { MeDocument } from '../generated/graphql.js';
import type { Gateway } from './gateway.js';
import { sleep } from './wait.js';

interface Holder {
  readonly accessToken: string;
}

/** Why a node refuses an access token; undefined if it accepts it. */
export async function refusalReason(gateway: Gateway, { accessToken: token }: Holder) {
  const { errors } = await gateway.client.run(MeDocument, {}, { token });
  return errors[0]?.extensions.reason;
}

/**
 * Waits until a node refuses a session that has just ended.
 * @returns how late after its end (ms) the node still accepted it. The time at which a request is sent counts, so that
 * a slow answer on a busy machine is no late one.
 */
export async function millisecondsAccepted(gateway: Gateway, session: Holder): Promise<number> {
  const endedAt = performance.now();
  let accepted = 0;
  for (;;) {
    const sentAt = performance.now();
    if ((await refusalReason(gateway, session)) === 'SESSION_REVOKED') return accepted;
    accepted = sentAt - endedAt;
    if (accepted > 10_000) throw new Error('The node still accepts the session 10 s after its end');
    await sleep(10);
  }
}
