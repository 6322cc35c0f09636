import { hasCode } from '../kit/errors.js';
import { formError } from '../kit/form-errors.js';
import { request } from '../kit/request.js';
import {
  FinishPasskeyRegistrationDocument,
  StartPasskeyRegistrationDocument,
} from './generated/operations.js';

const REFUSALS: Readonly<Record<string, string>> = {
  NotAllowedError: 'No passkey was added: the request was cancelled or has expired.',
  InvalidStateError: 'This device already has a passkey for your account.',
  SecurityError: 'Passkeys do not work at this web address. Open the page at its usual name.',
  NotSupportedError: 'This device cannot create a passkey of the kind that is needed.',
};

/** Lets the browser make a passkey, and adds it to the account. */
export async function createPasskey(name: string): Promise<void> {
  const { challengeToken, options } = (await request(StartPasskeyRegistrationDocument, {}))
    .startPasskeyRegistration;
  const credential = await create(options);
  const input = { challengeToken, credential: JSON.stringify(credential), name };
  await request(FinishPasskeyRegistrationDocument, { input }).catch((error) => {
    throw hasCode(error, 'TOKEN_INVALID') ? formError('This took too long. Try again.') : error;
  });
}

async function create(options: string): Promise<Credential | null> {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
    return await navigator.credentials.create({ publicKey });
  } catch (error) {
    const refusal = error instanceof DOMException ? REFUSALS[error.name] : undefined;
    throw refusal === undefined ? error : formError(refusal);
  }
}

const IP_ADDRESS = /^(\[.*\]|[\d.]+)$/;

/** Why this page cannot make passkeys; undefined if it can. */
export function passkeyObstacle(): string | undefined {
  if (IP_ADDRESS.test(location.hostname)) {
    return 'Passkeys do not work at an IP address. Open the page at its usual name to add one, such as localhost.';
  }
  if (!isSecureContext) return 'Browsers allow passkeys only over HTTPS.';
  if (!('PublicKeyCredential' in window) || !('parseCreationOptionsFromJSON' in PublicKeyCredential)) {
    return 'This browser cannot make passkeys. Use a newer one to add a passkey.';
  }
  return undefined;
}
