import { type Account, registerAndVerify, signIn, someone } from './accounts.js';
import { openDatabase } from './database.js';
import type { Gateway } from './gateway.js';

export const MEMBERS = ['nobody', 'customer', 'other', 'staff', 'admin'] as const;

/** The callers: nobody, the customer who owns the data, another customer, staff, an admin. */
export type Member = (typeof MEMBERS)[number];

export interface Person extends Account {
  id: string;
  token: string;
  refreshToken: string;
  sessionId: string;
}

type Role = 'CUSTOMER' | 'STAFF' | 'ADMIN';

export type Cast = Record<Exclude<Member, 'nobody'>, Person>;

export const ROLES = { customer: 'CUSTOMER', other: 'CUSTOMER', staff: 'STAFF', admin: 'ADMIN' } as const;

export async function castOf(gateway: Gateway): Promise<Cast> {
  const [customer, other, staff, admin] = await Promise.all(
    Object.values(ROLES).map((role) => person(gateway, role)),
  );
  return { customer, other, staff, admin } as Cast;
}

/** A signed-in user. The role is set before the sign-in: a later change would end the session. */
async function person(gateway: Gateway, role: Role): Promise<Person> {
  const account = await registerAndVerify(gateway);
  await openDatabase(gateway)`update users set role = ${role} where username = ${account.username}`;
  return signedIn(gateway, account);
}

/** The same, but inserted into the database with the default password. An existing user must have that password. */
export async function clone(gateway: Gateway, role: Role): Promise<Person> {
  const account = someone();
  await openDatabase(gateway)`
    insert into users (username, email, search_text, email_verified, role, password_hash)
    select ${account.username}, ${account.email}, ${account.username}, true, ${role}, password_hash
    from users where password_hash is not null order by created_at limit 1`;
  return signedIn(gateway, account);
}

async function signedIn(gateway: Gateway, account: Account): Promise<Person> {
  const { accessToken: token, refreshToken, user, session } = await signIn(gateway, account);
  return { ...account, id: user.id, token, refreshToken, sessionId: session.id };
}

/** The options of a request by a member of the cast. */
export const as = (cast: Cast, member: Member) => (member === 'nobody' ? {} : { token: cast[member].token });
