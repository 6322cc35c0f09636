import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { newKey, SoftwareAuthenticator } from '../../support/authenticator.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';
import {
  addPasskey,
  answerTo,
  type PasskeyOwner,
  passkeyChallenge,
  passkeyOwner,
  reauthenticate,
  secondStepBy,
  signedInByPasskey,
  signInCeremony,
  startReauthentication,
} from '../../support/passkeys.js';
import { BENT, BENT_ASSERTIONS, expectRefusedCredential, MALFORMED } from '../../support/passkeys-bent.js';
import { decode } from '../../support/tokens.js';
import { disable, type Protected, protectedAccount } from '../../support/totp.js';

const _AT_ONCE = 20;

const _codesOf = (results: Result<unknown>[]) => results.map(({ errors }) => codeOf(errors));
const _count = <T>(list: T[], wanted: T) => list.filter((one) => one === wanted).length;

/** A user with TOTP and a passkey. */
interface Guarded extends Protected {
  soft: SoftwareAuthenticator;
}

describeOnPostgresFirst('attacks on passkeys as a factor', ({ start }) => {
  let gateway: Gateway;
  let owner: PasskeyOwner;

  beforeAll(async () => {
    gateway = await start();
    owner = await passkeyOwner(gateway);
  });

  describe('the second factor', () => {
    let user: Guarded;

    beforeAll(async () => {
      user = await guarded();
    });

    it.each(Object.entries({ ...BENT, ...BENT_ASSERTIONS }))('is refused with %s', async (_part, bend) => {
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      const bent = user.soft.get(options, bend(gateway));
      expectCode(await secondStepBy(gateway, challengeToken, bent), 'INVALID_TWO_FACTOR_CODE');
      expectData(await secondStepBy(gateway, challengeToken, user.soft.get(options)));
    });

    it('is refused with the passkey of another user', async () => {
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      const foreign = owner.authenticator.get(options);
      expectCode(await secondStepBy(gateway, challengeToken, foreign), 'INVALID_TWO_FACTOR_CODE');
      const disguised = owner.authenticator.get(options, { userHandle: user.soft.userHandle });
      expectCode(await secondStepBy(gateway, challengeToken, disguised), 'INVALID_TWO_FACTOR_CODE');
      expectData(await secondStepBy(gateway, challengeToken, user.soft.get(options)));
    });

    it('counts wrong assertions like wrong codes', async () => {
      const user = await guarded();
      const key = newKey().privateKey;
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      for (let guess = 0; guess < 5; guess += 1) {
        const wrong = user.soft.get(options, { key });
        expectCode(await secondStepBy(gateway, challengeToken, wrong), 'INVALID_TWO_FACTOR_CODE');
      }
      const next = await passkeyChallenge(gateway, user);
      const right = user.soft.get(next.options);
      expectCode(await secondStepBy(gateway, next.challengeToken, right), 'ACCOUNT_LOCKED');
      // The lock is about the second step. The passkey alone still signs in.
      await signedInByPasskey(gateway, user.soft);
    });

    it('stays a way to sign in when TOTP is turned off, but is no second factor then', async () => {
      const owner = await guarded();
      const code = await owner.authenticator.freshCode();
      expectData(await disable(gateway, owner.token, owner.password, code));
      const signedIn = await signIn(gateway, owner);
      expect(decode(signedIn.accessToken).claims.amr).toEqual(['pwd']);
      await signedInByPasskey(gateway, owner.soft);
    });

    it('answers BAD_USER_INPUT to a malformed credential, and does not count it', async () => {
      for (const bend of Object.values(MALFORMED).slice(1, 8)) {
        const { challengeToken, options } = await passkeyChallenge(gateway, user);
        const credential = bend(user.soft.get(options));
        expectRefusedCredential(await secondStepBy(gateway, challengeToken, credential));
      }
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      expectData(await secondStepBy(gateway, challengeToken, user.soft.get(options)));
    });

    it('does not sign in by a passkey without the password: the challenge of a sign-in is another', async () => {
      const { challengeToken, options } = await signInCeremony(gateway);
      const credential = user.soft.get(options);
      expectCode(await secondStepBy(gateway, challengeToken, credential), 'TOKEN_INVALID');
    });
  });

  describe('a re-authentication', () => {
    let user: PasskeyOwner;

    beforeAll(async () => {
      user = await passkeyOwner(gateway);
    });

    const begin = async (token: string) =>
      expectData(await startReauthentication(gateway, token)).startPasskeyReauthentication;

    it.each(Object.entries({ ...BENT, ...BENT_ASSERTIONS }))('is refused with %s', async (_part, bend) => {
      const { challengeToken, options } = await begin(user.token);
      const credential = user.authenticator.get(options, bend(gateway));
      const refused = await reauthenticate(gateway, user.token, { challengeToken, credential });
      expect(codeOf(refused.errors)).toBeOneOf(['INVALID_TWO_FACTOR_CODE', 'INVALID_CREDENTIALS']);
      const again = await begin(user.token);
      const right = answerTo(again, user.authenticator.get(again.options));
      expectData(await reauthenticate(gateway, user.token, right));
    });

    it('accepts an assertion once, and none of another ceremony or user', async () => {
      const once = await begin(user.token);
      const credential = user.authenticator.get(once.options);
      const used = { challengeToken: once.challengeToken, credential };
      expectData(await reauthenticate(gateway, user.token, used));
      expectCode(await reauthenticate(gateway, user.token, used), 'TOKEN_INVALID');

      const anonymous = await signInCeremony(gateway);
      const ofSignIn = {
        challengeToken: anonymous.challengeToken,
        credential: user.authenticator.get(anonymous.options),
      };
      expectCode(await reauthenticate(gateway, user.token, ofSignIn), 'TOKEN_INVALID');

      const other = await passkeyOwner(gateway);
      const theirs = await begin(other.token);
      const foreign = {
        challengeToken: theirs.challengeToken,
        credential: user.authenticator.get(theirs.options),
      };
      const refused = await reauthenticate(gateway, user.token, foreign);
      expect(codeOf(refused.errors)).toBeOneOf([
        'TOKEN_INVALID',
        'INVALID_TWO_FACTOR_CODE',
        'INVALID_CREDENTIALS',
      ]);
      // It consumed nothing of the other user.
      const theirsRight = {
        challengeToken: theirs.challengeToken,
        credential: other.authenticator.get(theirs.options),
      };
      expectData(await reauthenticate(gateway, other.token, theirsRight));
    });

    it('refuses an assertion that answered, or could answer, the second step of a sign-in', async () => {
      const user = await guarded();
      const { challengeToken, options } = await passkeyChallenge(gateway, user);
      const credential = user.soft.get(options);
      expectCode(await reauthenticate(gateway, user.token, { challengeToken, credential }), 'TOKEN_INVALID');
      expectData(await secondStepBy(gateway, challengeToken, credential));
      expectCode(await reauthenticate(gateway, user.token, { challengeToken, credential }), 'TOKEN_INVALID');
    });

    it('refuses a token that the gateway never issued', async () => {
      const { options } = await begin(user.token);
      for (const challengeToken of ['', 'token', `ghka_${'A'.repeat(43)}`, `ghc_${'A'.repeat(43)}`]) {
        const challenge = createHash('sha256')
          .update(`webauthn challenge\0${challengeToken}`)
          .digest('base64url');
        const credential = user.authenticator.get(options, { challenge });
        const refused = await reauthenticate(gateway, user.token, { challengeToken, credential });
        expect(codeOf(refused.errors)).toBeOneOf(['TOKEN_INVALID', 'BAD_USER_INPUT']);
      }
    });

    it('answers NOT_FOUND at its start if the user has no passkey', async () => {
      const { accessToken: token } = await signIn(gateway, await registerAndVerify(gateway));
      expectCode(await startReauthentication(gateway, token), 'NOT_FOUND');
    });
  });

  async function guarded(): Promise<Guarded> {
    const user = await protectedAccount(gateway);
    const { authenticator: soft } = await addPasskey(gateway, user.token);
    return { ...user, soft };
  }
});
