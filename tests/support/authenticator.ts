import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** What an assertion or a new credential says. A test bends one part; the rest stays right. */
export interface Bend {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  /** Added to the client data, or put over it. */
  clientData?: Record<string, unknown>;
  /** Replaces the whole text of the client data. */
  clientDataText?: string;
  isPresent?: boolean;
  isVerified?: boolean;
  isBackupEligible?: boolean;
  isBackedUp?: boolean;
  counter?: number;
  /** The credential id of the answer. */
  id?: Buffer;
  /** Signs instead of the key of the passkey. */
  key?: KeyObject;
  bendSignature?: (signature: Buffer) => Buffer;
  bendAuthenticatorData?: (data: Buffer) => Buffer;
}

export interface AssertionBend extends Bend {
  /** Null leaves it out. */
  userHandle?: Buffer | null;
}

export interface RegistrationBend extends Bend {
  fmt?: string;
  attStmt?: Map<string, unknown>;
  /** The COSE key of the credential. */
  publicKey?: Map<number, unknown>;
  /** The id within the authenticator data. */
  innerId?: Buffer;
}

export interface SoftwareOptions {
  /** The origin of the page. */
  origin: string;
  /** The counter goes up with every assertion; 0 throughout if false. */
  counts?: boolean;
  isSynced?: boolean;
}

interface PublicOptions {
  challenge: string;
  rpId?: string;
  rp?: { id: string };
  user?: { id: string };
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

/** COSE_Key of ES256 (RFC 9053 §7.1.1). */
function coseKeyOf(publicKey: KeyObject): Map<number, unknown> {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' }) as { x?: string; y?: string };
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
  return new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, bytes(x)],
    [-3, bytes(y)],
  ]);
}

export const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** An authenticator with one passkey (ES256), of which a test can bend every answer. */
export class SoftwareAuthenticator {
  readonly id = randomBytes(32);
  readonly keys = newKey();
  readonly origin: string;
  readonly counts: boolean;
  readonly isSynced: boolean;
  counter = 0;
  userHandle = Buffer.alloc(0);
  rpId = '';

  constructor({ origin, counts = true, isSynced = false }: SoftwareOptions) {
    this.origin = origin;
    this.counts = counts;
    this.isSynced = isSynced;
  }

  /** Another authenticator with the same key and counter. */
  copy(): SoftwareAuthenticator {
    const { origin, counts, isSynced } = this;
    return Object.assign(new SoftwareAuthenticator({ origin, counts, isSynced }), this);
  }

  /** Answers `navigator.credentials.create`; returns the text of a RegistrationResponseJSON. */
  create(options: string, bend: RegistrationBend = {}): string {
    const { challenge, rp, user } = JSON.parse(options) as PublicOptions;
    this.rpId = rp?.id ?? '';
    this.userHandle = Buffer.from(user?.id ?? '', 'base64url');
    const id = bend.id ?? this.id;
    const innerId = bend.innerId ?? id;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(innerId.length);
    const key = isoCBOR.encode((bend.publicKey ?? coseKeyOf(this.keys.publicKey)) as never);
    const attested = Buffer.concat([Buffer.alloc(16), length, innerId, Buffer.from(key)]);
    const clientData = this.#clientData('webauthn.create', challenge, bend);
    const authData = this.#authenticatorData(bend, attested);
    const attestation = new Map<string, unknown>([
      ['fmt', bend.fmt ?? 'none'],
      ['attStmt', bend.attStmt ?? new Map()],
      ['authData', new Uint8Array(authData)],
    ]);
    return JSON.stringify({
      id: id.toString('base64url'),
      rawId: id.toString('base64url'),
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: clientData.toString('base64url'),
        attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    });
  }

  /** A signature with the key of the credential over a registration, for self attestation. */
  selfAttestation(options: string): RegistrationBend {
    const { challenge, rp, user } = JSON.parse(options) as PublicOptions;
    this.rpId = rp?.id ?? '';
    this.userHandle = Buffer.from(user?.id ?? '', 'base64url');
    const { response } = JSON.parse(this.create(options));
    const decoded = isoCBOR.decodeFirst<Map<string, Uint8Array>>(
      new Uint8Array(Buffer.from(response.attestationObject, 'base64url')),
    );
    const authData = Buffer.from(decoded.get('authData') ?? []);
    const clientData = this.#clientData('webauthn.create', challenge, {});
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.keys.privateKey);
    return {
      fmt: 'packed',
      attStmt: new Map<string, unknown>([
        ['alg', -7],
        ['sig', new Uint8Array(signature)],
      ]),
    };
  }

  /** Answers `navigator.credentials.get`; returns the text of an AuthenticationResponseJSON. */
  get(options: string, bend: AssertionBend = {}): string {
    const { challenge } = JSON.parse(options) as PublicOptions;
    if (this.counts) this.counter += 1;
    const clientData = this.#clientData('webauthn.get', challenge, bend);
    const authenticatorData = this.#authenticatorData(bend);
    const signed = Buffer.concat([authenticatorData, sha256(clientData)]);
    const signature = sign('sha256', signed, bend.key ?? this.keys.privateKey);
    const handle = bend.userHandle === undefined ? this.userHandle : bend.userHandle;
    const id = (bend.id ?? this.id).toString('base64url');
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: (bend.bendSignature?.(signature) ?? signature).toString('base64url'),
        ...(handle !== null && { userHandle: handle.toString('base64url') }),
      },
    });
  }

  #clientData(type: string, challenge: string, bend: Bend): Buffer {
    const data = {
      type: bend.type ?? type,
      challenge: bend.challenge ?? challenge,
      origin: bend.origin ?? this.origin,
      crossOrigin: false,
      ...bend.clientData,
    };
    return Buffer.from(bend.clientDataText ?? JSON.stringify(data));
  }

  #authenticatorData(bend: Bend, attested?: Buffer): Buffer {
    const isEligible = bend.isBackupEligible ?? this.isSynced;
    const flags =
      ((bend.isPresent ?? true) ? 0x01 : 0) |
      ((bend.isVerified ?? true) ? 0x04 : 0) |
      (isEligible ? 0x08 : 0) |
      ((bend.isBackedUp ?? this.isSynced) ? 0x10 : 0) |
      (attested ? 0x40 : 0);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(bend.counter ?? this.counter);
    const parts = [sha256(bend.rpId ?? this.rpId), Buffer.from([flags]), counter];
    const data = Buffer.concat([...parts, ...(attested ? [attested] : [])]);
    return bend.bendAuthenticatorData?.(data) ?? data;
  }
}
