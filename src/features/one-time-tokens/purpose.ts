/** What a one-time token is for. A token of one purpose opens nothing of another. */
export const PURPOSES = [
  'VERIFY_EMAIL',
  'CHANGE_EMAIL',
  'RESET_PASSWORD',
  'INVITATION',
  'CHALLENGE',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Each kind has a prefix of its own, so that one can never pass for another (ASVS 9.2.2). */
export const PREFIX: Readonly<Record<Purpose, string>> = {
  VERIFY_EMAIL: 'ghv_',
  CHANGE_EMAIL: 'ghe_',
  RESET_PASSWORD: 'ghpr_',
  INVITATION: 'ghi_',
  CHALLENGE: 'ghc_',
};

/** How long each kind lasts, in minutes. */
export const MINUTES: Readonly<Record<Purpose, number>> = {
  VERIFY_EMAIL: 24 * 60,
  CHANGE_EMAIL: 24 * 60,
  RESET_PASSWORD: 30,
  INVITATION: 72 * 60,
  CHALLENGE: 5,
};

/** What a token says it is for; undefined where it has the form of none. */
export function purposeOf(token: string): Purpose | undefined {
  return PURPOSES.find((purpose) => hasForm(token, purpose));
}

export function hasForm(token: string, purpose: Purpose): boolean {
  return token.startsWith(PREFIX[purpose]) && /^[A-Za-z0-9_-]{43}$/.test(token.slice(PREFIX[purpose].length));
}
