import { type Call, inTurns, loadOf, pinned, post } from '../measure.js';
import { ME, meOf, meOfNew } from '../operations.js';
import type { Row } from '../row.js';
import type { Server, Servers } from '../servers.js';

/** Enough for all rounds of a row. */
const NEW_TOKENS = 60_000;

/** `me` against other servers. Each candidate has core 0 for itself. */
export function peerRows(servers: Servers): Row[] {
  return [
    {
      id: 'me',
      label: 'me : bare Apollo',
      name: '`me` with a token: session checked, user read',
      against: 'bare Apollo Server on Fastify, a constant',
      aim: { min: 1 },
      async measure() {
        const [gateway, bare] = [await servers.gateway('main'), await servers.bareApollo()];
        const call = await meOf(gateway);
        return pinned([gateway.pid, bare.pid], () =>
          inTurns('/s', loadOf(gateway.url, call), loadOf(bare.url, post({ query: ME }))),
        );
      },
    },
    againstBetterAuth(servers, 'better-auth', 12, false),
    againstBetterAuth(servers, 'better-auth-cache', 8, true),
    {
      id: 'me-new',
      label: 'me, new tokens : known',
      name: '`me`, each token and its session new to the process',
      against: '`me` with a known token',
      aim: { min: 0.5 },
      async measure() {
        const gateway = await servers.gateway('main');
        const [call, ofNew] = [await meOf(gateway), await meOfNew(gateway, NEW_TOKENS)];
        return pinned([gateway.pid], () =>
          inTurns('/s', loadOf(gateway.url, ofNew), loadOf(gateway.url, call)),
        );
      },
    },
  ];
}

function againstBetterAuth(servers: Servers, id: string, min: number, cookieCache: boolean): Row {
  const mode = cookieCache ? 'with its cookie cache' : 'as it comes';
  return {
    id,
    label: `me : better-auth ${mode}`,
    name: '`me` with a token',
    against: `\`get-session\` of better-auth, ${mode}`,
    aim: { min },
    async measure() {
      const [gateway, peer] = [await servers.gateway('main'), await servers.startBetterAuth(cookieCache)];
      const [ours, theirs] = [await meOf(gateway), await sessionOf(peer, cookieCache)];
      const figures = await pinned([gateway.pid, peer.pid], () =>
        inTurns('/s', loadOf(gateway.url, ours), loadOf(peer.url, theirs)),
      );
      await peer.stop();
      return figures;
    },
  };
}

/** `get-session` with the cookies of a user who has just signed up. */
async function sessionOf({ url }: Server, cookieCache: boolean): Promise<Call> {
  const signUp = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ name: 'Ada', email: 'ada@example.org', password: 'SecurePassword123!' }),
  });
  const cookies = signUp.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string);
  if (cookies.some((cookie) => cookie.includes('session_data')) !== cookieCache)
    throw new Error(`better-auth set other cookies than expected: ${signUp.status} ${cookies}`);
  const path = '/api/auth/get-session';
  const headers = { cookie: cookies.join('; ') };
  const answer = await (await fetch(url + path, { headers })).text();
  if (!answer.includes('ada@example.org')) throw new Error(`better-auth found no session: ${answer}`);
  return { path, method: 'GET', headers };
}
