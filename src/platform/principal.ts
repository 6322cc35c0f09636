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

/** The signed-in user of a request, by the server's state, not by the token's. */
export interface Principal {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
}

/** Where a request came from, as far as it can be trusted. */
export interface RequestOrigin {
  readonly ipAddress: string;
  /** The address, or the /64 of an IPv6 one: what one subscriber has to themselves. */
  readonly network: string;
  readonly userAgent: string | null;
}
