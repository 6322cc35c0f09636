import { z } from 'zod';
import { badInput } from '../../platform/error.js';

/** More than any authenticator sends without an attestation certificate. */
const MAX_CREDENTIAL_LENGTH = 16_384;

/** WebAuthn L3 §4: a credential id has at most 1023 bytes, here in base64url. */
const MAX_ID_LENGTH = Math.ceil((1023 * 4) / 3);

/** A browser knows seven transports. */
const MAX_TRANSPORTS = 10;

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

const common = {
  id: base64url.max(MAX_ID_LENGTH),
  rawId: base64url,
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional().catch(undefined),
};

/** `AuthenticationResponseJSON` of WebAuthn L3 §5.1.8. Unknown members are dropped. */
const assertion = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    /** Absent or null if the authenticator returns none. */
    userHandle: base64url.nullish().transform((handle) => handle ?? undefined),
  }),
});

/** `RegistrationResponseJSON` of WebAuthn L3 §5.1.8. Unknown members are dropped. */
const registration = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string()).max(MAX_TRANSPORTS).optional().catch(undefined),
  }),
});

export type AssertionJson = z.output<typeof assertion>;
export type RegistrationJson = z.output<typeof registration>;

/**
 * Parses the JSON text of an assertion.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseAssertion(text: string): AssertionJson {
  return parse(assertion, text, 'AuthenticationResponseJSON');
}

/**
 * Parses the JSON text of a new credential.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseRegistration(text: string): RegistrationJson {
  return parse(registration, text, 'RegistrationResponseJSON');
}

function parse<T>(schema: z.ZodType<T>, text: string, form: string): T {
  if (text.length > MAX_CREDENTIAL_LENGTH) {
    throw badInput({
      field: 'credential',
      message: `Must have at most ${MAX_CREDENTIAL_LENGTH} characters.`,
    });
  }
  const parsed = schema.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  throw badInput({ field: 'credential', message: `Must be the JSON text of a WebAuthn ${form}.` });
}

/** Undefined if the text is not JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
