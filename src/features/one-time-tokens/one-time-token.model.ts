/** Data that a token carries besides its purpose, such as the address that it proves. */
export type Payload = Readonly<Record<string, string>>;

export interface IssuedToken {
  /** The token itself. The table keeps its hash. */
  readonly token: string;
  readonly expiresAt: Date;
}

export interface ConsumedToken {
  readonly userId: string;
  readonly payload: Payload | null;
}

/** A verification token that was issued before and is still valid for an hour or longer. */
export interface OutstandingToken {
  readonly token: string;
  readonly hoursLeft: number;
}
