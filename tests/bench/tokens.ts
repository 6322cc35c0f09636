import { createPrivateKey, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import type postgres from 'postgres';
import { makeRefreshToken } from '../../src/features/sessions/refresh-token.js';
import { Keyring } from '../../src/platform/keyring.js';

export type Secrets = ReturnType<typeof newSecrets>;

/** The secrets of a gateway, so that tokens can be made without a request to it. */
export function newSecrets() {
  const secret = () => randomBytes(36).toString('base64url');
  const [jwt, refresh, service] = [secret(), secret(), secret()] as const;
  const env = { JWT_SECRET_KEY: jwt, JWT_REFRESH_SECRET_KEY: refresh, ENCRYPTION_KEY: secret() };
  return { env, jwt, refresh, service };
}

export interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly role: string;
}

/**
 * Takes sessions that nobody has taken before, so that each token and each refresh token is new. In the order of their
 * random ids: neighbours in the file would be cheaper to read than the sessions of strangers.
 */
export function sessionSource(sql: postgres.Sql): (count: number) => Promise<SessionRow[]> {
  let last = '00000000-0000-0000-0000-000000000000';
  return async (count) => {
    const rows = await sql<{ id: string; user_id: string; role: string }[]>`
      SELECT sessions.id, user_id, role FROM sessions JOIN users ON users.id = user_id
      WHERE sessions.id > ${last} AND counter = 0 AND revoked_at IS NULL ORDER BY sessions.id LIMIT ${count}`;
    if (rows.length < count) throw new Error(`only ${rows.length} of ${count} sessions are left`);
    last = rows.at(-1)?.id ?? last;
    return rows.map(({ id, user_id: userId, role }) => ({ id, userId, role }));
  };
}

/** A session of an admin. */
export async function adminSession(sql: postgres.Sql): Promise<SessionRow> {
  const [row] = await sql`
    SELECT sessions.id, user_id, role FROM sessions JOIN users ON users.id = user_id WHERE role = 'ADMIN' LIMIT 1`;
  return { id: row?.id, userId: row?.user_id, role: row?.role };
}

/** Signs access tokens like the gateway, with its key. */
export async function accessTokens(
  sql: postgres.Sql,
  { jwt }: Secrets,
  issuer: string,
): Promise<(session: SessionRow) => string> {
  const [row] = await sql`SELECT kid, sealed_private_jwk FROM signing_keys ORDER BY signs_from LIMIT 1`;
  const kid = row?.kid as string;
  const jwk = new Keyring([jwt], 'signing keys').decrypt(row?.sealed_private_jwk, kid);
  const key = createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' });
  const header = encode({ alg: 'EdDSA', typ: 'at+jwt', kid });
  return (session) => signed(header, claimsOf(session, issuer), key);
}

/** Valid for longer than any run. */
const LIFETIME_SECONDS = 3600;

function claimsOf({ id, userId, role }: SessionRow, issuer: string) {
  const now = Math.floor(Date.now() / 1000);
  return {
    sid: id,
    auth_time: now,
    amr: ['pwd'],
    role,
    scope: role.toLowerCase(),
    iss: issuer,
    aud: 'gateway',
    sub: userId,
    jti: randomUUID(),
    iat: now,
    exp: now + LIFETIME_SECONDS,
  };
}

function signed(header: string, claims: object, key: KeyObject): string {
  const input = `${header}.${encode(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The first refresh tokens of sessions. */
export function refreshTokens({ refresh }: Secrets): (session: SessionRow) => string {
  const keys = new Keyring([refresh], 'refresh tokens');
  return ({ id }) => makeRefreshToken(keys, { sessionId: id, counter: 0 });
}
