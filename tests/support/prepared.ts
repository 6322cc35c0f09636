import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { hash } from '@node-rs/bcrypt';
import { Secret, TOTP } from 'otpauth';
import type postgres from 'postgres';
import { Keyring } from '../../src/platform/keyring.js';
import { type Account, signIn, someone } from './accounts.js';
import type { Gateway } from './gateway.js';

const PREFIX = {
  VERIFY_EMAIL: 'ghv_',
  CHANGE_EMAIL: 'ghe_',
  RESET_PASSWORD: 'ghpr_',
  INVITATION: 'ghi_',
  CHALLENGE: 'ghc_',
} as const;
export type Purpose = keyof typeof PREFIX;

/** A user or registration inserted with SQL, with one valid link of each kind. */
export interface Prepared extends Account {
  readonly id: string;
  readonly tokens: Readonly<Record<Purpose, string>>;
  readonly recoveryCodes: readonly string[];
  /** The current code of the second factor, or of its setup. */
  code(): string;
}

export interface Preparation {
  readonly pending?: boolean;
  readonly email?: string;
  /** `SETUP` is not confirmed yet. */
  readonly factor?: 'NONE' | 'SETUP' | 'CONFIRMED';
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Encrypts a TOTP secret like the gateway. */
const seal = (gateway: Gateway, userId: string, secret: string): string =>
  new Keyring([gateway.env.ENCRYPTION_KEY ?? ''], 'totp').encrypt(secret, `totp:${userId}`);

/** Cheap to verify; rehashed at the first sign-in. */
const cheapHash = (password: string) => hash(password, { cost: 4 });

/** Inserts a user in any state in a few milliseconds, without a request. */
export async function prepare(
  gateway: Gateway,
  sql: postgres.Sql,
  { pending = false, email, factor = 'NONE' }: Preparation = {},
): Promise<Prepared> {
  const account = someone(email === undefined ? {} : { email });
  const id = randomUUID();
  const token = (purpose: Purpose) => PREFIX[purpose] + randomBytes(32).toString('base64url');
  const tokens = {
    VERIFY_EMAIL: token('VERIFY_EMAIL'),
    CHANGE_EMAIL: token('CHANGE_EMAIL'),
    RESET_PASSWORD: token('RESET_PASSWORD'),
    INVITATION: token('INVITATION'),
    CHALLENGE: token('CHALLENGE'),
  };
  const secret = new Secret({ size: 20 }).base32;
  const recoveryCodes = Array.from({ length: 10 }, () => new Secret({ size: 15 }).base32);
  await sql`insert into users ${sql({
    id,
    username: account.username,
    email: account.email,
    search_text: `${account.username}\n\n${account.email}`,
    password_hash: await cheapHash(account.password),
    pending,
    email_verified: !pending,
    expires_at: pending ? sql`now() + interval '7 days'` : null,
  } as never)}`;
  for (const [purpose, value] of Object.entries(tokens)) {
    const payload = purpose === 'CHANGE_EMAIL' ? { email: `new-${account.email}` } : {};
    await sql`insert into one_time_tokens (user_id, purpose, hash, payload, expires_at)
      values (${id}, ${purpose}, ${sha256(value)}, ${sql.json(payload)}, now() + interval '1 hour')`;
  }
  if (factor !== 'NONE') {
    const sealed = seal(gateway, id, secret);
    const isConfirmed = factor === 'CONFIRMED';
    await sql`insert into two_factors (user_id, sealed_secret, expires_at, confirmed_at, last_step)
      values (${id}, ${sealed}, ${isConfirmed ? null : sql`now() + interval '10 minutes'`},
        ${isConfirmed ? sql`now()` : null}, ${isConfirmed ? 0 : null})`;
    for (const code of recoveryCodes)
      await sql`insert into recovery_codes (user_id, hash) values (${id}, ${sha256(code)})`;
  }
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 });
  return {
    ...account,
    id,
    tokens,
    recoveryCodes,
    code: () => totp.generate({ timestamp: gateway.clock.now() }),
  };
}

/** Signs in a prepared user without the second factor; returns the tokens of the session. */
export async function sessionOf(
  gateway: Gateway,
  sql: postgres.Sql,
  person: Prepared,
): Promise<{ token: string; refreshToken: string; sessionId: string }> {
  const factors = await sql`delete from two_factors where user_id = ${person.id} returning *`;
  const { accessToken: token, refreshToken, session } = await signIn(gateway, person);
  if (factors.length > 0) await sql`insert into two_factors ${sql(factors as never)}`;
  await sql`update users set password_hash = ${await cheapHash(person.password)} where id = ${person.id}`;
  return { token, refreshToken, sessionId: session.id };
}

/** Deadlocks that the database has detected so far. */
export async function deadlocksIn(sql: postgres.Sql): Promise<number> {
  // Each connection flushes its statistics once a second.
  await new Promise((done) => setTimeout(done, 1500));
  const [row] = await sql`select deadlocks from pg_stat_database where datname = current_database()`;
  return Number(row?.deadlocks);
}
