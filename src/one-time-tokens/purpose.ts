/** What a one-time token is for. A token of one purpose opens nothing of another. */
export const PURPOSES = ['VERIFY_EMAIL'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Each kind has a prefix of its own, so that one can never pass for another (ASVS 9.2.2). */
export const PREFIX: Readonly<Record<Purpose, string>> = { VERIFY_EMAIL: 'ghv_' };

/** How long each kind lasts, in minutes. */
export const MINUTES: Readonly<Record<Purpose, number>> = { VERIFY_EMAIL: 24 * 60 };
