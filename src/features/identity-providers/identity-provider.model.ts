/** The settings of a provider: `IDENTITY_PROVIDER_<ID>_…`. */
export interface ProviderSettings {
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Whether a person who comes for the first time gets an account. */
  readonly create: boolean;
  /** The role of such an account. */
  readonly role: 'CUSTOMER' | 'STAFF';
  /** The domains of the addresses that may sign in, in lower case and punycode. Empty: all. */
  readonly domains: readonly string[];
  /** Whether a verified address at the provider signs in to the account that has verified the same address. */
  readonly linkVerified: boolean;
}

/** What a provider says about a person, after the ID token was checked. */
export interface ProviderProfile {
  /** Issuer and subject identify the person (OpenID Connect Core §5.7). Nothing else does. */
  readonly issuer: string;
  readonly subject: string;
  /** The address in its stored form. Undefined if there is none or it is malformed. */
  readonly email?: string | undefined;
  /** Whether the provider has checked that the address belongs to the person. */
  readonly emailVerified: boolean;
  readonly username?: string | undefined;
  readonly name?: string | undefined;
}

/** A row of `identities`. */
export interface Identity {
  readonly id: string;
  readonly userId: string;
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** The input of the first step, by which the front end sends the browser to the provider. */
export interface Start {
  readonly provider: string;
  readonly codeChallenge: string;
  readonly returnTo?: string | null | undefined;
}

export interface StartedSignIn {
  readonly authorizationUrl: string;
  readonly expiresAt: Date;
}

/** What the token in `state` keeps until the callback. */
export interface Flow {
  /** As stored in the token. */
  readonly provider: string | undefined;
  readonly codeChallenge: string;
  readonly returnTo: string | undefined;
  /** Set by `linkIdentity`: who asked for it. */
  readonly link?: LinkRequest | undefined;
}

/** Who asked to link an identity. */
export interface LinkRequest {
  readonly userId: string;
  readonly sessionId: string;
  /** Of the user when the browser came back. A later change of password, address or role voids the link. */
  readonly credentialsVersion: string;
}

/** What the token in `code` keeps until the front end redeems it. */
export interface Outcome {
  readonly provider: string;
  readonly codeChallenge: string;
  readonly profile: ProviderProfile;
  readonly link?: LinkRequest | undefined;
}
