import type { CDPSession, Page } from 'playwright-core';
import { expectData } from './client.js';
import type { Gateway } from './gateway.js';
import { type Ceremony, finishRegistration, registrationOf } from './passkeys.js';

/** A platform authenticator such as Windows Hello. */
const PLATFORM = {
  protocol: 'ctap2',
  ctap2Version: 'ctap2_1',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

/** The authenticator of one tab, whose user confirms at once. */
export class VirtualAuthenticator {
  private constructor(
    readonly page: Page,
    readonly devtools: CDPSession,
    readonly authenticatorId: string,
  ) {}

  static async attach(page: Page): Promise<VirtualAuthenticator> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: PLATFORM,
    });
    return new VirtualAuthenticator(page, devtools, authenticatorId);
  }

  /** Whether the PIN or the finger of the user is right. */
  async setVerified(isUserVerified: boolean): Promise<void> {
    const { authenticatorId } = this;
    await this.devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  }

  async credentials() {
    const { authenticatorId } = this;
    return (await this.devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  }

  /** JSON text of a new credential, made as a front end does it; the name of the error if the browser refuses. */
  create({ options }: Pick<Ceremony, 'options'>): Promise<string> {
    return this.page.evaluate<string>(`
      navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${options}),
      }).then(JSON.stringify, (error) => error.name)`);
  }

  /** JSON text of an assertion, likewise. */
  get({ options }: Pick<Ceremony, 'options'>): Promise<string> {
    return this.page.evaluate<string>(`
      navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${options}),
      }).then(JSON.stringify, (error) => error.name)`);
  }

  /** Registers a passkey for the user of an access token. Returns its id. */
  async register(gateway: Gateway, token: string): Promise<string> {
    const ceremony = await registrationOf(gateway, token);
    const answer = { challengeToken: ceremony.challengeToken, credential: await this.create(ceremony) };
    return expectData(await finishRegistration(gateway, token, answer)).finishPasskeyRegistration.id;
  }
}
