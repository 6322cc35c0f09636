/** The purposes of one-time tokens. A token is accepted for its own purpose only. */
export const PURPOSES = [
  'VERIFY_EMAIL',
  'CHANGE_EMAIL',
  'RESET_PASSWORD',
  'INVITATION',
  'CHALLENGE',
  'PASSKEY_REGISTRATION',
  'PASSKEY_SIGN_IN',
  'PASSKEY_REAUTHENTICATION',
  'PROVIDER_SIGN_IN',
  'PROVIDER_LINK',
  'PROVIDER_CODE',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Each purpose has its own prefix, so that one kind of token cannot pass for another (ASVS 9.2.2). */
export const PREFIX: Readonly<Record<Purpose, string>> = {
  VERIFY_EMAIL: 'ghv_',
  CHANGE_EMAIL: 'ghe_',
  RESET_PASSWORD: 'ghpr_',
  INVITATION: 'ghi_',
  CHALLENGE: 'ghc_',
  PASSKEY_REGISTRATION: 'ghkr_',
  PASSKEY_SIGN_IN: 'ghks_',
  PASSKEY_REAUTHENTICATION: 'ghka_',
  PROVIDER_SIGN_IN: 'ghps_',
  PROVIDER_LINK: 'ghpl_',
  PROVIDER_CODE: 'ghpc_',
};

export const TOKEN_LIFETIME_MINUTES: Readonly<Record<Purpose, number>> = {
  VERIFY_EMAIL: 24 * 60,
  CHANGE_EMAIL: 24 * 60,
  RESET_PASSWORD: 30,
  INVITATION: 72 * 60,
  CHALLENGE: 5,
  PASSKEY_REGISTRATION: 5,
  PASSKEY_SIGN_IN: 5,
  PASSKEY_REAUTHENTICATION: 5,
  PROVIDER_SIGN_IN: 10,
  PROVIDER_LINK: 10,
  PROVIDER_CODE: 1,
};

/** The purpose that the prefix of a token names. Undefined if the token is malformed. */
export function purposeOf(token: string): Purpose | undefined {
  return PURPOSES.find((purpose) => isWellFormed(token, purpose));
}

export function isWellFormed(token: string, purpose: Purpose): boolean {
  return token.startsWith(PREFIX[purpose]) && /^[A-Za-z0-9_-]{43}$/.test(token.slice(PREFIX[purpose].length));
}
