import { registerAndVerify, signIn } from './accounts.js';
import { openDatabase } from './database.js';
import type { Gateway } from './gateway.js';

export const MEMBERS = ['nobody', 'customer', 'other', 'staff', 'admin'] as const;

/** Who may ask: nobody, a customer whose own things are asked for, another customer, staff, an admin. */
export type Member = (typeof MEMBERS)[number];

export interface Person {
  id: string;
  username: string;
  email: string;
  password: string;
  token: string;
  sessionId: string;
}

export type Cast = Record<Exclude<Member, 'nobody'>, Person>;

export async function castOf(gateway: Gateway): Promise<Cast> {
  const [customer, other, staff, admin] = await Promise.all([
    person(gateway),
    person(gateway),
    person(gateway, 'STAFF'),
    person(gateway, 'ADMIN'),
  ]);
  return { customer, other, staff, admin };
}

/** Somebody who is signed in. Roles are set before the sign-in: setting them later would end the session. */
export async function person(gateway: Gateway, role?: 'STAFF' | 'ADMIN'): Promise<Person> {
  const account = await registerAndVerify(gateway);
  if (role) await openDatabase(gateway)`update users set role = ${role} where username = ${account.username}`;
  const { accessToken: token, user, session } = await signIn(gateway, account);
  return { ...account, id: user.id, token, sessionId: session.id };
}

/** The options of a request by a member of the cast. */
export const as = (cast: Cast, member: Member) => (member === 'nobody' ? {} : { token: cast[member].token });
