import type { Role } from '../../platform/actor.js';

export enum UserOrderField {
  CREATED_AT = 'CREATED_AT',
  USERNAME = 'USERNAME',
  EMAIL = 'EMAIL',
  LAST_LOGIN_AT = 'LAST_LOGIN_AT',
}

export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}

/** A user must meet every condition. A condition that is null or undefined selects all users. */
export interface UserFilter {
  readonly search?: string | null | undefined;
  readonly roles?: readonly Role[] | null | undefined;
  readonly isActive?: boolean | null | undefined;
  readonly emailVerified?: boolean | null | undefined;
  readonly twoFactorEnabled?: boolean | null | undefined;
  readonly locked?: boolean | null | undefined;
  readonly createdAfter?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
}

/** A number of users, counted or estimated. */
export interface UserCount {
  readonly count: number;
  readonly isExact: boolean;
}

/** A sort order. Users with equal values are sorted by id. */
export interface UserOrder {
  readonly field: UserOrderField;
  readonly direction: OrderDirection;
}

/** The position of a user in a sort order, as stored in a cursor. */
export interface UserPosition {
  readonly value: string | null;
  readonly id: string;
}

/** A page, by keyset. */
export interface UserPage {
  /** Reads against the sort order. */
  readonly backward: boolean;
  /** The page starts after this position. */
  readonly from: UserPosition | undefined;
  readonly limit: number;
}
