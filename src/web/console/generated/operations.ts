/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Selects audit events. An event must meet every condition; a condition that is left out or null selects all events. */
export type AuditEventFilter = {
  /** Events that this user caused. A malformed id selects no events. */
  actorId?: string | number | null | undefined;
  /** Events after this time. The time itself is excluded. */
  after?: string | null | undefined;
  /** Events before this time. The time itself is excluded. */
  before?: string | null | undefined;
  /** Events that a client with this IP address caused. IPv6 addresses may be written in any form, and IPv4-mapped ones select the IPv4 address. Text that is not an address selects no events. */
  ipAddress?: string | null | undefined;
  /** Events that concern this user. A malformed id selects no events. */
  subjectId?: string | number | null | undefined;
  /** Events of one of these types. An empty list selects no events. */
  types?: Array<AuditEventType> | null | undefined;
};

/** The kinds of events that the security log records. */
export type AuditEventType =
  /** Failed sign-ins locked the account, or one known device of it. */
  | 'ACCOUNT_LOCKED'
  /** An admin lifted the locks of the account. */
  | 'ACCOUNT_UNLOCKED'
  /** The email address of the account changed, by the user, by staff or by an admin. */
  | 'EMAIL_CHANGED'
  /** The user proved that the mailbox is theirs by a link from a mail. details.accountExisted is true if it was no pending registration before. details.roleRefused is a granted role that did not take effect. */
  | 'EMAIL_VERIFIED'
  /** An account at the identity provider details.provider can sign in as the user from now on. */
  | 'IDENTITY_LINKED'
  /** The account at the identity provider details.provider can no longer sign in as the user. */
  | 'IDENTITY_UNLINKED'
  /** The user signed out of the session details.session, or of all sessions if details.everywhere is true. */
  | 'LOGGED_OUT'
  /** A sign-in failed because of a wrong identifier or password, or a wrong passkey (details.method). The subject is null if no account was found. details.reason SIGNATURE_COUNTER means that the key of details.passkey may have been copied. */
  | 'LOGIN_FAILED'
  /** The user signed in with all factors that the account needs. */
  | 'LOGIN_SUCCEEDED'
  /** The user registered the passkey details.name. */
  | 'PASSKEY_ADDED'
  /** The passkey details.name was removed by the user, or by an admin with all second factors. */
  | 'PASSKEY_REMOVED'
  /** The user changed their password. All other sessions ended. */
  | 'PASSWORD_CHANGED'
  /** The password was set by the link of a reset or an invitation. All sessions ended. */
  | 'PASSWORD_RESET'
  /** Somebody requested a link to reset the password of the account. */
  | 'PASSWORD_RESET_REQUESTED'
  /** The user changed their username or display name. details.changed names the fields. */
  | 'PROFILE_UPDATED'
  /** The user authenticated again in the session details.session, by the methods details.amr (RFC 8176). */
  | 'REAUTHENTICATED'
  /** The user replaced all recovery codes. */
  | 'RECOVERY_CODES_REGENERATED'
  /** A recovery code was used up. */
  | 'RECOVERY_CODE_USED'
  /** The role of the user changed from details.from to details.to. All sessions ended. */
  | 'ROLE_CHANGED'
  /** The user or an admin ended the session details.session, or as many sessions as details.ended says. */
  | 'SESSION_REVOKED'
  /** A refresh token was exchanged for the next one. */
  | 'TOKEN_REFRESHED'
  /** An old refresh token was used after its grace period. The session details.session ended. */
  | 'TOKEN_REUSED'
  /** The second factor was removed: by the user, by an admin or the operator, or at the first proof of the email address. */
  | 'TWO_FACTOR_DISABLED'
  /** The user confirmed the setup of the second factor. */
  | 'TWO_FACTOR_ENABLED'
  /** A wrong second-factor code was entered. The actor is null if it was entered at a sign-in. */
  | 'TWO_FACTOR_FAILED'
  /** The user started the setup of a second factor, which is not in effect yet. */
  | 'TWO_FACTOR_SETUP_STARTED'
  /** An admin or the operator activated the account. */
  | 'USER_ACTIVATED'
  /** An admin or the operator created the account and invited the user. */
  | 'USER_CREATED'
  /** An admin deactivated the account. All sessions ended. */
  | 'USER_DEACTIVATED'
  /** Somebody registered, by a form or by an identity provider (details.provider). details.accountCreated is true if the account exists at once, without the proof of an address; with an identity provider it always does. details.role is a role that an admin gave at the registration. */
  | 'USER_REGISTERED'
  /** Staff, an admin or the operator changed the account. details.changed names the fields. */
  | 'USER_UPDATED';

/** The input of createUser. */
export type CreateUserInput = {
  /** The name to show to other people: up to 100 characters in any script. Null for none. */
  displayName?: string | null | undefined;
  /** The email address that the invitation is sent to. */
  email: string;
  /** The role of the new account. */
  role?: Role;
  /** The username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case. */
  username: string;
};

/** The direction of a sort order. */
export type OrderDirection =
  /** Ascending: the earliest time or the first letter comes first. */
  | 'ASC'
  /** Descending: the latest time or the last letter comes first. */
  | 'DESC';

/** The role of a user. Each role includes the rights of the roles before it. */
export type Role =
  /** May run every operation, including those on staff and other admins. */
  | 'ADMIN'
  /** A user without rights over other accounts. Every new account has this role by default. */
  | 'CUSTOMER'
  /** May read the accounts of all users and edit those of customers. */
  | 'STAFF';

/** The length of an interval. */
export type StatisticsInterval =
  /** A whole day, from midnight to midnight in UTC. */
  | 'DAY'
  /** A whole hour. */
  | 'HOUR';

/** The input of updateUser. A field that is left out stays as it is. */
export type UpdateUserInput = {
  /** The new display name: up to 100 characters in any script. Null or empty text removes it. */
  displayName?: string | null | undefined;
  /** The new email address, which the user has to verify by a mailed link. It cannot be null. */
  email?: string | null | undefined;
  /** The new role, which ends all sessions of the user. FORBIDDEN unless the caller is an admin; null keeps the current role. */
  role?: Role | null | undefined;
  /** The new username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case. It cannot be null. */
  username?: string | null | undefined;
};

/** Selects users. A user must meet every condition; a condition that is left out or null selects all users. */
export type UserFilter = {
  /** Accounts created after this time. The time itself is excluded. */
  createdAfter?: string | null | undefined;
  /** Accounts created before this time. The time itself is excluded. */
  createdBefore?: string | null | undefined;
  /** True selects users with a verified email address, false those without. */
  emailVerified?: boolean | null | undefined;
  /** True selects active accounts, false deactivated ones. */
  isActive?: boolean | null | undefined;
  /** True selects accounts that failed sign-ins have locked now, false the others. */
  locked?: boolean | null | undefined;
  /** Users who have one of these roles. An empty list selects nobody. */
  roles?: Array<Role> | null | undefined;
  /** Part of a username, display name or email, in any letter case. Up to 256 characters. */
  search?: string | null | undefined;
  /** True selects users with a second factor, false those without. */
  twoFactorEnabled?: boolean | null | undefined;
};

/** The sort order of users. Users with equal values are sorted by id. */
export type UserOrder = {
  /** The direction to sort in. */
  direction?: OrderDirection;
  /** The field to sort by. */
  field?: UserOrderField;
};

/** The fields by which users can be sorted. */
export type UserOrderField =
  /** By the time when the account was registered or created. */
  | 'CREATED_AT'
  /** By the email address, without regard to letter case. */
  | 'EMAIL'
  /** By the time of the last sign-in. Users who have never signed in count as the earliest. */
  | 'LAST_LOGIN_AT'
  /** By the username, without regard to letter case. */
  | 'USERNAME';

export type AuditLogQueryVariables = Exact<{
  filter?: AuditEventFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type AuditLogQuery = { auditEvents: { nodes: Array<{ id: string, type: AuditEventType, createdAt: string, ipAddress: string | null, userAgent: string | null, details: string | null, actor: { id: string, username: string } | null, subject: { id: string, username: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type FollowedPersonQueryVariables = Exact<{
  id: string | number;
}>;


export type FollowedPersonQuery = { user: { id: string, username: string } | null };

export type TotalsQueryVariables = Exact<{ [key: string]: never; }>;


export type TotalsQuery = { accountTotals: { users: number, staff: number, admins: number, deactivated: number, locked: number, twoFactorEnabled: number, withPasskey: number, liveSessions: number } };

export type StatisticsQueryVariables = Exact<{
  from: string;
  to: string;
  interval: StatisticsInterval;
}>;


export type StatisticsQuery = { authStatistics: Array<{ start: string, signIns: number, failedSignIns: number, lockouts: number, registrations: number, passwordResets: number, tokenReuses: number }> };

export type PersonPartsFragment = { id: string, username: string, displayName: string | null, email: string | null, emailVerified: boolean | null, role: Role | null, isActive: boolean | null, lockedUntil: string | null, lastLoginAt: string | null, createdAt: string | null };

export type PeopleQueryVariables = Exact<{
  filter?: UserFilter | null | undefined;
  orderBy?: UserOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type PeopleQuery = { users: { nodes: Array<{ id: string, username: string, displayName: string | null, email: string | null, emailVerified: boolean | null, role: Role | null, isActive: boolean | null, lockedUntil: string | null, lastLoginAt: string | null, createdAt: string | null }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type CountPeopleQueryVariables = Exact<{
  filter?: UserFilter | null | undefined;
}>;


export type CountPeopleQuery = { users: { totalCount: number } };

export type PersonQueryVariables = Exact<{
  id: string | number;
}>;


export type PersonQuery = { user: { hasPassword: boolean | null, twoFactorEnabled: boolean | null, updatedAt: string | null, id: string, username: string, displayName: string | null, email: string | null, emailVerified: boolean | null, role: Role | null, isActive: boolean | null, lockedUntil: string | null, lastLoginAt: string | null, createdAt: string | null } | null };

export type PersonAccessQueryVariables = Exact<{
  id: string | number;
}>;


export type PersonAccessQuery = { user: { id: string, sessions: Array<{ id: string, current: boolean, remembered: boolean, ipAddress: string | null, userAgent: string | null, createdAt: string, lastUsedAt: string, expiresAt: string }> | null, passkeys: Array<{ id: string, name: string, backedUp: boolean, createdAt: string, lastUsedAt: string | null }> | null, identities: Array<{ id: string, email: string | null, createdAt: string, lastUsedAt: string | null, provider: { id: string, name: string } }> | null } | null };

export type PersonActivityQueryVariables = Exact<{
  id: string | number;
  first?: number | null | undefined;
  types?: Array<AuditEventType> | AuditEventType | null | undefined;
}>;


export type PersonActivityQuery = { user: { id: string, securityEvents: { nodes: Array<{ id: string, type: AuditEventType, createdAt: string, ipAddress: string | null, userAgent: string | null, details: string | null, actor: { id: string, username: string } | null }> } | null } | null };

export type CreateUserMutationVariables = Exact<{
  input: CreateUserInput;
}>;


export type CreateUserMutation = { createUser: { id: string, username: string, email: string | null } };

export type UpdateUserMutationVariables = Exact<{
  id: string | number;
  input: UpdateUserInput;
}>;


export type UpdateUserMutation = { updateUser: { id: string, email: string | null, emailVerified: boolean | null } };

export type ActivateUserMutationVariables = Exact<{
  id: string | number;
}>;


export type ActivateUserMutation = { activateUser: { id: string } };

export type DeactivateUserMutationVariables = Exact<{
  id: string | number;
}>;


export type DeactivateUserMutation = { deactivateUser: { id: string } };

export type UnlockUserMutationVariables = Exact<{
  id: string | number;
}>;


export type UnlockUserMutation = { unlockUser: { id: string } };

export type RevokeUserSessionsMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeUserSessionsMutation = { revokeUserSessions: { success: boolean } };

export type ResetUserTwoFactorMutationVariables = Exact<{
  id: string | number;
}>;


export type ResetUserTwoFactorMutation = { resetUserTwoFactor: { id: string } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const PersonPartsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment PersonParts on User {
  id
  username
  displayName
  email
  emailVerified
  role
  isActive
  lockedUntil
  lastLoginAt
  createdAt
}
    `, {"fragmentName":"PersonParts"}) as unknown as TypedDocumentString<PersonPartsFragment, unknown>;
export const AuditLogDocument = /*#__PURE__*/ new TypedDocumentString(`
    query AuditLog($filter: AuditEventFilter, $first: Int, $after: String) {
  auditEvents(filter: $filter, first: $first, after: $after) {
    nodes {
      id
      type
      createdAt
      actor {
        id
        username
      }
      subject {
        id
        username
      }
      ipAddress
      userAgent
      details
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<AuditLogQuery, AuditLogQueryVariables>;
export const FollowedPersonDocument = /*#__PURE__*/ new TypedDocumentString(`
    query FollowedPerson($id: ID!) {
  user(id: $id) {
    id
    username
  }
}
    `) as unknown as TypedDocumentString<FollowedPersonQuery, FollowedPersonQueryVariables>;
export const TotalsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Totals {
  accountTotals {
    users
    staff
    admins
    deactivated
    locked
    twoFactorEnabled
    withPasskey
    liveSessions
  }
}
    `) as unknown as TypedDocumentString<TotalsQuery, TotalsQueryVariables>;
export const StatisticsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Statistics($from: DateTimeISO!, $to: DateTimeISO!, $interval: StatisticsInterval!) {
  authStatistics(from: $from, to: $to, interval: $interval) {
    start
    signIns
    failedSignIns
    lockouts
    registrations
    passwordResets
    tokenReuses
  }
}
    `) as unknown as TypedDocumentString<StatisticsQuery, StatisticsQueryVariables>;
export const PeopleDocument = /*#__PURE__*/ new TypedDocumentString(`
    query People($filter: UserFilter, $orderBy: UserOrder, $first: Int, $after: String, $last: Int, $before: String) {
  users(
    filter: $filter
    orderBy: $orderBy
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      ...PersonParts
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    fragment PersonParts on User {
  id
  username
  displayName
  email
  emailVerified
  role
  isActive
  lockedUntil
  lastLoginAt
  createdAt
}`) as unknown as TypedDocumentString<PeopleQuery, PeopleQueryVariables>;
export const CountPeopleDocument = /*#__PURE__*/ new TypedDocumentString(`
    query CountPeople($filter: UserFilter) {
  users(filter: $filter, first: 1) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<CountPeopleQuery, CountPeopleQueryVariables>;
export const PersonDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Person($id: ID!) {
  user(id: $id) {
    ...PersonParts
    hasPassword
    twoFactorEnabled
    updatedAt
  }
}
    fragment PersonParts on User {
  id
  username
  displayName
  email
  emailVerified
  role
  isActive
  lockedUntil
  lastLoginAt
  createdAt
}`) as unknown as TypedDocumentString<PersonQuery, PersonQueryVariables>;
export const PersonAccessDocument = /*#__PURE__*/ new TypedDocumentString(`
    query PersonAccess($id: ID!) {
  user(id: $id) {
    id
    sessions {
      id
      current
      remembered
      ipAddress
      userAgent
      createdAt
      lastUsedAt
      expiresAt
    }
    passkeys {
      id
      name
      backedUp
      createdAt
      lastUsedAt
    }
    identities {
      id
      email
      createdAt
      lastUsedAt
      provider {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PersonAccessQuery, PersonAccessQueryVariables>;
export const PersonActivityDocument = /*#__PURE__*/ new TypedDocumentString(`
    query PersonActivity($id: ID!, $first: Int, $types: [AuditEventType!]) {
  user(id: $id) {
    id
    securityEvents(first: $first, types: $types) {
      nodes {
        id
        type
        createdAt
        ipAddress
        userAgent
        details
        actor {
          id
          username
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PersonActivityQuery, PersonActivityQueryVariables>;
export const CreateUserDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) {
    id
    username
    email
  }
}
    `) as unknown as TypedDocumentString<CreateUserMutation, CreateUserMutationVariables>;
export const UpdateUserDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UpdateUser($id: ID!, $input: UpdateUserInput!) {
  updateUser(id: $id, input: $input) {
    id
    email
    emailVerified
  }
}
    `) as unknown as TypedDocumentString<UpdateUserMutation, UpdateUserMutationVariables>;
export const ActivateUserDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ActivateUser($id: ID!) {
  activateUser(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<ActivateUserMutation, ActivateUserMutationVariables>;
export const DeactivateUserDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DeactivateUser($id: ID!) {
  deactivateUser(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<DeactivateUserMutation, DeactivateUserMutationVariables>;
export const UnlockUserDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UnlockUser($id: ID!) {
  unlockUser(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<UnlockUserMutation, UnlockUserMutationVariables>;
export const RevokeUserSessionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RevokeUserSessions($id: ID!) {
  revokeUserSessions(id: $id) {
    success
  }
}
    `) as unknown as TypedDocumentString<RevokeUserSessionsMutation, RevokeUserSessionsMutationVariables>;
export const ResetUserTwoFactorDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ResetUserTwoFactor($id: ID!) {
  resetUserTwoFactor(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<ResetUserTwoFactorMutation, ResetUserTwoFactorMutationVariables>;