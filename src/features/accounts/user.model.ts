import type { Role } from '../../platform/actor.js';

/** A row of `users`: a user or a pending registration. `user.table.ts` documents the columns. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly searchText: string;
  readonly passwordHash: string | null;
  readonly credentialsVersion: number;
  readonly role: Role;
  readonly grantedRole: Role | null;
  readonly roleGrantedBy: string | null;
  readonly isActive: boolean;
  readonly emailVerified: boolean;
  readonly pending: boolean;
  readonly expiresAt: Date | null;
  readonly lastLoginAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewUser = Pick<User, 'username' | 'email' | 'displayName' | 'role'> &
  Partial<Omit<User, 'searchText' | 'expiresAt'>> & {
    /** Days until the registration is deleted if nobody verifies it. */
    readonly expiresInDays?: number;
  };

export type UserChange = Partial<Pick<User, 'username' | 'displayName' | 'email' | 'role' | 'isActive'>> & {
  readonly emailVerified?: false;
};
