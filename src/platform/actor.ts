import type { UnauthenticatedReason } from './error.js';

/** Roles in rising order: each may do what the ones before it may. */
export enum Role {
  CUSTOMER = 'CUSTOMER',
  STAFF = 'STAFF',
  ADMIN = 'ADMIN',
}

const RANK: Readonly<Record<Role, number>> = { CUSTOMER: 0, STAFF: 1, ADMIN: 2 };

/** Whether `role` is `least` or above it. */
export function hasRole(role: Role, least: Role): boolean {
  return RANK[role] >= RANK[least];
}

/** The signed-in user of a request. The role comes from the database, not from the access token. */
export interface Principal {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
}

/** The result of checking the access token of a request. */
export type Authentication =
  | { readonly principal: Principal }
  | { readonly principal: null; readonly reason: UnauthenticatedReason };

/** The address and the user agent of a request. `TRUST_PROXY` decides which address can be trusted. */
export interface RequestOrigin {
  /** Null if the operation was not caused by a request. */
  readonly ipAddress: string | null;
  /** The address, or the /64 of an IPv6 address, because one subscriber has a whole /64. */
  readonly network: string;
  readonly userAgent: string | null;
}

/** The user who performs an operation, if any, and the origin of the request. */
export interface Actor extends Partial<Principal> {
  readonly origin: RequestOrigin;
}

export interface SignedInActor extends Principal {
  readonly origin: RequestOrigin;
}

/** The operator, at the command line or by the configuration. */
export const OPERATOR: Actor = { origin: { ipAddress: null, network: '', userAgent: null } };

/** The actor after proving to be a user, for example by a refresh token. */
export function actingAs({ origin }: Actor, userId: string): Actor {
  return { userId, origin };
}
