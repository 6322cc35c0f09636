/** Why a session ended (`SessionEndReason` of the contract's schema). */
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
