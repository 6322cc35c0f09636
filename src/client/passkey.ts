interface Ceremony {
  readonly challengeToken: string;
  /** JSON text of PublicKeyCredentialRequestOptionsJSON (WebAuthn Level 3). */
  readonly options: string | null;
}

/**
 * Lets the browser ask the user for a passkey.
 * @returns with JSON text of the AuthenticationResponseJSON
 * @throws DOMException of the browser, for example NotAllowedError if the user has cancelled
 */
export async function askForPasskey({ challengeToken, options }: Ceremony) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options as string));
  return { challengeToken, credential: JSON.stringify(await navigator.credentials.get({ publicKey })) };
}
