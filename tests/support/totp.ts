import jsqr from 'jsqr';
import { Secret, TOTP } from 'otpauth';
import { PNG } from 'pngjs';
import {
  DisableTwoFactorDocument,
  EnableTwoFactorDocument,
  FirstStepDocument,
  type FirstStepMutation,
  RegenerateRecoveryCodesDocument,
  SecondStepDocument,
  SetupTwoFactorDocument,
  type SetupTwoFactorMutation,
} from '../generated/graphql.js';
import { type Account, registerAndVerify, signIn } from './accounts.js';
import { expectData, type RunOptions } from './client.js';
import { realClock, type TestClock } from './clock.js';
import type { Gateway } from './gateway.js';

const PERIOD = 30_000;
/** How much of its time step a code must have left (ms), so that it does not expire on its way to the gateway. */
const MARGIN = 4000;

/** A user's authenticator app. It remembers which codes were used, and returns the next one. */
export class Authenticator {
  readonly #totp: TOTP;
  readonly #clock: TestClock;
  #used = 0;

  constructor(secret: string, { clock }: { clock: TestClock } = { clock: realClock }) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 });
    this.#clock = clock;
  }

  /** The code of the time step at this offset from the current one. The current step does not end soon. */
  async codeOf(offset: number): Promise<string> {
    if (this.#leftOfStep() < MARGIN) await this.#clock.reach((this.#currentStep() + 1) * PERIOD);
    return this.#at(this.#currentStep() + offset);
  }

  /** A valid code that was not used. After two codes, a real clock waits up to half a minute for the next. */
  async freshCode(): Promise<string> {
    const oldest = this.#leftOfStep() < MARGIN ? this.#currentStep() : this.#currentStep() - 1;
    const step = Math.max(oldest, this.#used + 1);
    await this.#clock.reach(step * PERIOD);
    this.#used = step;
    return this.#at(step);
  }

  #at(step: number): string {
    return this.#totp.generate({ timestamp: step * PERIOD });
  }

  #currentStep(): number {
    return Math.floor(this.#clock.now() / PERIOD);
  }

  #leftOfStep(): number {
    return PERIOD - (this.#clock.now() % PERIOD);
  }
}

/** Another code of the same form. */
export const wrong = (code: string): string => code.replace(/.$/, (last) => (last === '7' ? '3' : '7'));

/** Decodes the QR code in the PNG of a `data:` URI. */
export function readQrCode(dataUri: string): string {
  const [head, body = ''] = dataUri.split(',');
  if (head !== 'data:image/png;base64') throw new Error(`Not a PNG: ${head}`);
  const { data, width, height } = PNG.sync.read(Buffer.from(body, 'base64'));
  const found = jsqr.default(new Uint8ClampedArray(data), width, height);
  if (!found) throw new Error('The image contains no QR code');
  return found.data;
}

export type Setup = SetupTwoFactorMutation['setupTwoFactor'];
export type Challenge = Extract<FirstStepMutation['login'], { __typename: 'TwoFactorChallenge' }>;

export const setUp = (gateway: Gateway, token: string, password: string) =>
  gateway.client.run(SetupTwoFactorDocument, { input: { password } }, { token });

export const enable = (gateway: Gateway, token: string, code: string) =>
  gateway.client.run(EnableTwoFactorDocument, { code }, { token });

export const disable = (gateway: Gateway, token: string, password: string, code: string) =>
  gateway.client.run(DisableTwoFactorDocument, { input: { password, code } }, { token });

export const regenerate = (gateway: Gateway, token: string, password: string, code: string) =>
  gateway.client.run(RegenerateRecoveryCodesDocument, { input: { password, code } }, { token });

export const secondStep = (gateway: Gateway, challengeToken: string, code: string, options?: RunOptions) =>
  gateway.client.run(SecondStepDocument, { input: { challengeToken, code } }, options);

/** The challenge that follows the right password. */
export async function challenge(
  gateway: Gateway,
  { username, password }: Pick<Account, 'username' | 'password'>,
): Promise<Challenge> {
  const input = { identifier: username, password };
  const payload = expectData(await gateway.client.run(FirstStepDocument, { input })).login;
  if (payload.__typename !== 'TwoFactorChallenge') throw new Error('The sign-in requires no second factor');
  return payload;
}

export interface Protected extends Account {
  /** The access token of the session from before the second factor was enabled. */
  token: string;
  authenticator: Authenticator;
  secretKey: string;
  recoveryCodes: string[];
}

/** An account with a confirmed second factor, of which one code has been used. */
export async function protectedAccount(gateway: Gateway): Promise<Protected> {
  const account = await registerAndVerify(gateway);
  const { accessToken: token } = await signIn(gateway, account);
  const setup = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
  const authenticator = new Authenticator(setup.secretKey, gateway);
  expectData(await enable(gateway, token, await authenticator.freshCode()));
  const { secretKey, recoveryCodes } = setup;
  return { ...account, token, authenticator, secretKey, recoveryCodes };
}
