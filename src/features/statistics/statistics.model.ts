/** The number of accounts and sessions at one time. */
export interface AccountTotals {
  readonly users: number;
  readonly staff: number;
  readonly admins: number;
  readonly deactivated: number;
  readonly locked: number;
  readonly twoFactorEnabled: number;
  readonly withPasskey: number;
  readonly liveSessions: number;
}
