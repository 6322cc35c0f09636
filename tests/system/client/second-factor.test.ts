import { beforeEach, describe, expect, it } from 'vitest';
import { bodyClient, endpointOf, query } from '../../support/body-client.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { challenge, protectedAccount } from '../../support/totp.js';

describe('a client of a user with a second factor', () => {
  let gateway: Gateway;
  let person: Awaited<ReturnType<typeof protectedAccount>>;
  const signedInWithPassword = async () => {
    const client = bodyClient(endpointOf(gateway));
    const { username, password } = person;
    const state = await client.signIn({ identifier: username, password });
    return { client, state };
  };

  beforeEach(async () => {
    gateway = await startGateway({ listen: true });
    person = await protectedAccount(gateway);
  });

  it('asks for the code, and signs in with it', async () => {
    const { client, state } = await signedInWithPassword();
    expect(state).toEqual({
      status: 'secondFactor',
      methods: expect.arrayContaining(['TOTP', 'RECOVERY_CODE']),
      expiresAt: expect.any(Date),
    });
    expect(client.state).toBe(state);
    expect(await client.accessToken()).toBeNull();
    expect(await client.start()).toBe(state);
    const code = await person.authenticator.freshCode();
    expect(await client.verifyTwoFactor(code)).toMatchObject({ status: 'signedIn' });
    expect(await query(client, endpointOf(gateway))).toMatchObject({
      data: { me: { username: person.username } },
    });
  });

  it('still asks for the code after a wrong one', async () => {
    const { client, state } = await signedInWithPassword();
    await expect(client.verifyTwoFactor('000000')).rejects.toMatchObject({ code: 'INVALID_TWO_FACTOR_CODE' });
    expect(client.state).toBe(state);
  });

  it('asks for the password again when a newer sign-in has replaced the challenge', async () => {
    const { client } = await signedInWithPassword();
    await challenge(gateway, person);
    const code = await person.authenticator.freshCode();
    await expect(client.verifyTwoFactor(code)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    expect(client.state).toEqual({ status: 'signedOut' });
  });

  it('refuses a code without a sign-in before it', async () => {
    const client = bodyClient(endpointOf(gateway));
    await expect(client.verifyTwoFactor('000000')).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    expect(client.state).toEqual({ status: 'unknown' });
  });
});
