/** All advisory locks of the gateway. Two locks with the same number would block each other. */
export enum AdvisoryLock {
  MIGRATION = 4_870_311,
  SIGNING_KEYS = 4_870_312,
  ADMINS = 4_870_313,
  AUDIT_CHAIN = 4_870_314,
  /** The second key is the hash of an email address. */
  ADDRESS = 4_870_315,
}
