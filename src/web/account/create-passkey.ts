import { hasCode } from '../kit/errors.js';
import { formError } from '../kit/form-errors.js';
import { request } from '../kit/request.js';
import {
  FinishPasskeyRegistrationDocument,
  StartPasskeyRegistrationDocument,
} from './generated/operations.js';

const REFUSALS: Readonly<Record<string, string>> = {
  NotAllowedError: 'No passkey was added: the request was cancelled or has expired.',
  InvalidStateError: 'This device has a passkey for your account already.',
  SecurityError:
    'The browser does not allow passkeys at this address. Open this page as localhost or by its name.',
  NotSupportedError: 'This device cannot make a passkey of the kind that is needed.',
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
    return 'Browsers allow passkeys only at a name, not at an IP address. Open this page as localhost or by its name to add one.';
  }
  if (!isSecureContext) return 'Browsers allow passkeys only over HTTPS.';
  if (!('PublicKeyCredential' in window) || !('parseCreationOptionsFromJSON' in PublicKeyCredential)) {
    return 'This browser cannot make passkeys. Use a newer one to add a passkey.';
  }
  return undefined;
}
