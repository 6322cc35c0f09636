/** The reasons for the end of a session. The schema has them as `SessionEndReason`. */
export const SESSION_END_REASONS = [
  'LOGGED_OUT',
  'REVOKED',
  'PASSWORD_CHANGED',
  'PASSWORD_RESET',
  'TOKEN_REUSED',
  'DEACTIVATED',
  'ROLE_CHANGED',
  'EXPIRED',
] as const;
export type SessionEndReason = (typeof SESSION_END_REASONS)[number];
