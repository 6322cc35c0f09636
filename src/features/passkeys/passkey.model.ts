/** A row of `passkeys`. `passkey.table.ts` documents the columns. */
export interface Passkey {
  readonly id: string;
  readonly userId: string;
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: string[];
  readonly aaguid: string;
  readonly name: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

export type NewPasskey = Omit<Passkey, 'id' | 'createdAt' | 'lastUsedAt'>;

/** The facts of a correct assertion that the stored passkey takes over. */
export interface AssertionFacts {
  readonly counter: number;
  readonly backedUp: boolean;
}

/** Half of a WebAuthn ceremony. */
export interface Ceremony {
  /** The token for the operation that finishes the ceremony. */
  readonly challengeToken: string;
  /** Options for the browser, as JSON text. */
  readonly options: string;
  readonly expiresAt: Date;
}

/** The site that passkeys belong to (WebAuthn L3 §4, relying party). */
export interface RelyingParty {
  /** The RP ID: a domain. */
  readonly id: string;
  /** The origins whose pages may use the passkeys. Each is at or below the RP ID. */
  readonly origins: readonly string[];
}
