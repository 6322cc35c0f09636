export interface StoredTotp {
  readonly sealedSecret: string;
  /** `PENDING` setups can be confirmed. Maintenance deletes `EXPIRED` setups. */
  readonly state: 'CONFIRMED' | 'PENDING' | 'EXPIRED';
}

/** The secrets of a new factor. They are returned only once. */
export interface TotpSetup {
  readonly secretKey: string;
  readonly otpauthUri: string;
  /** A PNG as a data: URI. */
  readonly qrCode: string;
  readonly recoveryCodes: string[];
  readonly expiresAt: Date;
}
