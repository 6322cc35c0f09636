import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { LogoutDocument } from '../../generated/graphql.js';
import { signIn } from '../../support/accounts.js';
import { SoftwareAuthenticator } from '../../support/authenticator.js';
import { clone } from '../../support/cast.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import {
  addPasskey,
  finishRegistration,
  type PasskeyOwner,
  pageOrigin,
  passkeyOwner,
  passkeysOf,
  registrationOf,
  remove,
  rename,
  signedInByPasskey,
  signInCeremony,
  startRegistration,
} from '../../support/passkeys.js';
import { BENT, BENT_REGISTRATIONS, expectRefusedCredential, MALFORMED } from '../../support/passkeys-bent.js';

const AT_ONCE = 20;

const codesOf = (results: Result<unknown>[]) => results.map(({ errors }) => codeOf(errors));
const count = <T>(list: T[], wanted: T) => list.filter((one) => one === wanted).length;

describeOnPostgres('attacks on the registration of passkeys', ({ start }) => {
  let gateway: Gateway;
  let owner: PasskeyOwner;

  beforeAll(async () => {
    gateway = await start();
    owner = await passkeyOwner(gateway);
  });

  describe('a registration', () => {
    for (const [part, bend] of Object.entries({ ...BENT, ...BENT_REGISTRATIONS })) {
      it(`is refused with ${part}, and the challenge is used up`, async () => {
        const user = await clone(gateway, 'CUSTOMER');
        const { challengeToken, options } = await registrationOf(gateway, user.token);
        const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
        const credential = authenticator.create(options, bend(gateway));
        const refused = await finishRegistration(gateway, user.token, { challengeToken, credential });
        expectRefusedCredential(refused);
        const right = { challengeToken, credential: authenticator.create(options) };
        const isMalformed = part === 'an id of 1024 bytes';
        const repeated = await finishRegistration(gateway, user.token, right);
        if (isMalformed) expectData(repeated);
        else expectCode(repeated, 'TOKEN_INVALID');
        const again = await registrationOf(gateway, user.token);
        const other = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
        const input = { challengeToken: again.challengeToken, credential: other.create(again.options) };
        expectData(await finishRegistration(gateway, user.token, input));
      });
    }

    it('accepts a self attestation', async () => {
      const { challengeToken, options } = await registrationOf(gateway, owner.token);
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const credential = authenticator.create(options, authenticator.selfAttestation(options));
      expectData(await finishRegistration(gateway, owner.token, { challengeToken, credential }));
      await signedInByPasskey(gateway, authenticator);
    });

    for (const [name, bend] of Object.entries(MALFORMED)) {
      it(`answers BAD_USER_INPUT to ${name} instead of a credential`, async () => {
        const { challengeToken, options } = await registrationOf(gateway, owner.token);
        const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
        const credential = bend(authenticator.create(options));
        expectRefusedCredential(
          await finishRegistration(gateway, owner.token, { challengeToken, credential }),
        );
      });
    }

    it('needs the password or a recent authentication', async () => {
      const { token, password } = await clone(gateway, 'CUSTOMER');
      expectCode(await startRegistration(gateway, token, `${password}!`), 'INVALID_CREDENTIALS');
      expectData(await startRegistration(gateway, token, password));
    });

    it('accepts only the token of the same user, of the same purpose, once', async () => {
      const [user, other] = [await clone(gateway, 'CUSTOMER'), await clone(gateway, 'CUSTOMER')];
      const { challengeToken, options } = await registrationOf(gateway, user.token);
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const input = { challengeToken, credential: authenticator.create(options) };
      expectCode(await finishRegistration(gateway, other.token, input), 'TOKEN_INVALID');
      const anonymous = await signInCeremony(gateway);
      const foreign = { ...input, challengeToken: anonymous.challengeToken };
      expectCode(await finishRegistration(gateway, user.token, foreign), 'TOKEN_INVALID');
      expectData(await finishRegistration(gateway, user.token, input));
      expectCode(await finishRegistration(gateway, user.token, input), 'TOKEN_INVALID');
      expect(await passkeysOf(gateway, user.token)).toHaveLength(1);
      expect(await passkeysOf(gateway, other.token)).toEqual([]);
    });

    it('ends with the session, and with a newer registration', async () => {
      const user = await clone(gateway, 'CUSTOMER');
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const first = await registrationOf(gateway, user.token);
      const second = await registrationOf(gateway, user.token);
      const answerTo = ({ challengeToken, options }: typeof first) => ({
        challengeToken,
        credential: authenticator.create(options),
      });
      expectCode(await finishRegistration(gateway, user.token, answerTo(first)), 'TOKEN_INVALID');
      expectData(await gateway.client.run(LogoutDocument, {}, { token: user.token }));
      expectCode(await finishRegistration(gateway, user.token, answerTo(second)), 'UNAUTHENTICATED');
      const { accessToken } = await signIn(gateway, user);
      expectData(await finishRegistration(gateway, accessToken, answerTo(second)));
    });

    it('is refused for a credential that any user has registered', async () => {
      const other = await clone(gateway, 'CUSTOMER');
      const { authenticator } = await addPasskey(gateway, owner.token);
      const { userHandle } = authenticator;
      for (const token of [owner.token, other.token]) {
        const { challengeToken, options } = await registrationOf(gateway, token);
        const credential = authenticator.create(options);
        expectRefusedCredential(await finishRegistration(gateway, token, { challengeToken, credential }));
      }
      expect(await passkeysOf(gateway, other.token)).toEqual([]);
      authenticator.userHandle = userHandle;
      expect((await signedInByPasskey(gateway, authenticator)).user.username).toBe(owner.username);
    });

    it('succeeds for exactly one of 20 concurrent requests', async () => {
      const user = await clone(gateway, 'CUSTOMER');
      const { challengeToken, options } = await registrationOf(gateway, user.token);
      const results = await Promise.all(
        Array.from({ length: AT_ONCE }, () => {
          const credential = new SoftwareAuthenticator({ origin: pageOrigin(gateway) }).create(options);
          return finishRegistration(gateway, user.token, { challengeToken, credential });
        }),
      );
      expect(count(codesOf(results), 'none')).toBe(1);
      expect(await passkeysOf(gateway, user.token)).toHaveLength(1);
    });

    it('is refused for the 21st passkey, at its start and at its end', async () => {
      const user = await clone(gateway, 'CUSTOMER');
      for (let number = 0; number < 19; number += 1) await addPasskey(gateway, user.token);
      const late = await registrationOf(gateway, user.token);
      const sql = openDatabase(gateway);
      await sql`
        insert into passkeys (user_id, credential_id, public_key, counter, transports, aaguid, name, backup_eligible, backed_up)
        select user_id, ${randomBytes(16)}, public_key, 0, transports, aaguid, 'The 20th', false, false
        from passkeys where user_id = ${user.id} limit 1`;
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const input = { challengeToken: late.challengeToken, credential: authenticator.create(late.options) };
      expectCode(await finishRegistration(gateway, user.token, input), 'BAD_USER_INPUT');
      const { fieldErrors } = expectCode(await startRegistration(gateway, user.token), 'BAD_USER_INPUT');
      expect(fieldErrors?.[0]?.message).toContain('at most 20 passkeys');
      const listed = await passkeysOf(gateway, user.token);
      expect(listed).toHaveLength(20);
      expect(new Set(listed.map(({ name }) => name)).size).toBe(20);
      expectData(await remove(gateway, user.token, listed[0]?.id ?? ''));
      await addPasskey(gateway, user.token);
    });

    it.each([
      ['a bidi override', 'Key \u202e'],
      ['a control character', 'Key \u0007'],
      ['101 characters', 'x'.repeat(101)],
      ['a lone surrogate', 'Key \ud800'],
      ['a NUL', 'Key \0'],
    ])('refuses a name with %s, also at renaming', async (_what, name) => {
      const { challengeToken, options } = await registrationOf(gateway, owner.token);
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const input = { challengeToken, credential: authenticator.create(options), name };
      const refused = expectCode(await finishRegistration(gateway, owner.token, input), 'BAD_USER_INPUT');
      expect(refused.fieldErrors?.map(({ field }) => field)).toEqual(['name']);
      expectCode(await rename(gateway, owner.token, owner.passkeyId, name), 'BAD_USER_INPUT');
      expectData(await finishRegistration(gateway, owner.token, { ...input, name: 'Key' }));
    });
  });
});
