import { beforeAll, describe, expect, it } from 'vitest';
import {
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from '../../generated/graphql.js';
import {
  type Account,
  login,
  register,
  registerAndVerify,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { command } from '../../support/administration.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { tokenIn } from '../../support/mailbox.js';
import { callbackFor, type EvilProvider, signInWith, startEvilProvider } from '../../support/openid-evil.js';
import { settingsOf } from '../../support/openid-provider.js';
import { beginLink, identitiesOf, landingOf, openCallback, redeem } from '../../support/openid-sign-in.js';
import { RACES } from '../../support/races.js';
import { protectedAccount } from '../../support/totp.js';

let lastSubject = 0;
const newSubject = () => {
  lastSubject += 1;
  return `subject-${lastSubject}`;
};

/** What a provider says about an address. Only the boolean counts as verified. */
const SAYINGS = {
  verified: { email_verified: true },
  unverified: { email_verified: false },
  nothing: {},
  'the text "true"': { email_verified: 'true' },
  'the number 1': { email_verified: 1 },
  'the claim of Entra': { xms_edov: true },
};

/** The account here with the same address: the ending without and with LINK_VERIFIED if the address is verified. */
const LOCAL: Record<string, [string, string]> = {
  none: ['signed in', 'signed in'],
  pending: ['signed in', 'signed in'],
  invited: ['ACCOUNT_EXISTS', 'ACCOUNT_EXISTS'],
  unverified: ['ACCOUNT_EXISTS', 'ACCOUNT_EXISTS'],
  verified: ['ACCOUNT_EXISTS', 'signed in'],
  deactivated: ['ACCOUNT_EXISTS', 'ACCOUNT_DISABLED'],
  'with a second factor': ['ACCOUNT_EXISTS', 'challenged'],
};

describeOnPostgres('taking an account over by an identity provider', ({ start }) => {
  let gateway: Gateway;
  let plain: EvilProvider;
  let linking: EvilProvider;
  let closed: EvilProvider;
  let domains: EvilProvider;

  beforeAll(async () => {
    plain = await startEvilProvider('plain', { ROLE: 'STAFF' });
    linking = await startEvilProvider('linking', { LINK_VERIFIED: 'true' });
    closed = await startEvilProvider('closed', { CREATE: 'false' });
    domains = await startEvilProvider('domains', { DOMAINS: 'corp.example, other.example' });
    gateway = await start({ env: settingsOf(plain, linking, closed, domains) });
  });

  const makers: Record<string, () => Promise<Account>> = {
    none: async () => someone(),
    pending: async () => {
      const account = someone();
      expectData(await register(gateway, account));
      return account;
    },
    invited: async () => {
      const account = someone();
      await openDatabase(gateway)`insert into users (username, email, search_text)
        values (${account.username}, ${account.email}, ${account.username})`;
      return account;
    },
    unverified: async () => {
      const account = await registerAndVerify(gateway);
      await openDatabase(gateway)`update users set email_verified = false where email = ${account.email}`;
      return account;
    },
    verified: () => registerAndVerify(gateway),
    deactivated: async () => {
      const account = await registerAndVerify(gateway);
      await openDatabase(gateway)`update users set is_active = false where email = ${account.email}`;
      return account;
    },
    'with a second factor': () => protectedAccount(gateway),
  };

  const idOf = async ({ email }: Account) => {
    const [row] = await openDatabase(gateway)`select id from users where email = ${email} and not pending`;
    return row?.id as string | undefined;
  };
  const ownerOf = async (subject: string) => {
    const [row] = await openDatabase(gateway)`select user_id from identities where subject = ${subject}`;
    return row?.user_id as string | undefined;
  };
  const credentialsOf = async ({ username }: Account) => {
    const sql = openDatabase(gateway);
    const [row] =
      await sql`select password_hash, email_verified, pending from users where username = ${username}`;
    return row;
  };

  describe.each(Object.keys(LOCAL))('if the account here is %s', (state) => {
    it.each(Object.entries(SAYINGS))('and the provider says %s', async (saying, claims) => {
      for (const [at, provider] of [plain, linking].entries()) {
        const account = (await makers[state]?.()) as Account;
        const [id, before] = [await idOf(account), await credentialsOf(account)];
        const sub = newSubject();
        const { ending, user } = await signInWith(gateway, provider, {
          sub,
          email: account.email,
          ...claims,
        });
        const expected = saying === 'verified' ? LOCAL[state]?.[at] : 'EMAIL_NOT_VERIFIED';
        expect(ending, provider.id).toBe(expected);
        if (user !== undefined && id !== undefined) expect(user.id).toBe(id);
        const owner = await ownerOf(sub);
        if (expected === 'signed in') expect(owner).toBe(user?.id);
        else expect(owner).toBe(expected === 'challenged' ? id : undefined);
        expect(await credentialsOf(account), 'the account here keeps its credentials').toEqual(before);
      }
    });
  });

  it('does not let a registration from before take the address of a person who came by a provider', async () => {
    const attacker = someone();
    expectData(await register(gateway, attacker));
    const mail = await verificationMail(gateway, attacker.email);
    const { ending, user } = await signInWith(gateway, plain, {
      sub: newSubject(),
      email: attacker.email,
      email_verified: true,
    });
    expect(ending).toBe('signed in');
    expect(user?.username).not.toBe(attacker.username);
    expectCode(await gateway.client.run(VerifyEmailDocument, { token: tokenIn(mail) }), 'TOKEN_INVALID');
    expectCode(await login(gateway, attacker), 'EMAIL_NOT_VERIFIED');
  });

  it('answers a registration from after like one of a free address, which then cannot be verified', async () => {
    const account = someone();
    await signInWith(gateway, plain, { sub: newSubject(), email: account.email, email_verified: true });
    expectData(await register(gateway, account));
    expectCode(await login(gateway, account), 'EMAIL_NOT_VERIFIED');
    const mail = await gateway.mail.waitForMail(account.email, ({ subject }) => /already/.test(subject));
    expect(mail.text).not.toContain('token=');
  });

  it('finds the account by subject, not by address', async () => {
    const [one, other] = [newSubject(), newSubject()];
    const { email } = someone();
    const first = await signInWith(gateway, plain, { sub: one, email, email_verified: true });
    // Somebody else has the address at the provider now.
    expect((await signInWith(gateway, plain, { sub: other, email, email_verified: true })).ending).toBe(
      'ACCOUNT_EXISTS',
    );
    // The person has another address there, which is not verified.
    const again = await signInWith(gateway, plain, { sub: one, email: someone().email });
    expect(again).toMatchObject({ ending: 'signed in', user: { id: first.user?.id, email } });
  });

  it('does not find the subject of another provider', async () => {
    const sub = newSubject();
    const first = await signInWith(gateway, plain, { sub, email: someone().email, email_verified: true });
    const second = await signInWith(gateway, linking, { sub, email: someone().email, email_verified: true });
    expect(second.ending).toBe('signed in');
    expect(second.user?.id).not.toBe(first.user?.id);
  });

  it('gives the role of the settings, and no role that the provider names', async () => {
    const claims = { email_verified: true, role: 'ADMIN', roles: ['ADMIN'], groups: ['admins'] };
    const staff = await signInWith(gateway, plain, { ...claims, sub: newSubject(), email: someone().email });
    expect(staff.user?.role).toBe('STAFF');
    const customer = await signInWith(gateway, linking, {
      ...claims,
      sub: newSubject(),
      email: someone().email,
    });
    expect(customer.user?.role).toBe('CUSTOMER');
  });

  it('refuses new people if CREATE is off, and answers ACCOUNT_EXISTS for the address of an account', async () => {
    const { email } = someone();
    const claims = { sub: newSubject(), email, email_verified: true };
    expect((await signInWith(gateway, closed, claims)).ending).toBe('FORBIDDEN');
    expect((await signInWith(gateway, closed, { ...claims, email_verified: false })).ending).toBe(
      'FORBIDDEN',
    );
    const account = await registerAndVerify(gateway);
    const existing = { sub: newSubject(), email: account.email, email_verified: true };
    expect((await signInWith(gateway, closed, existing)).ending).toBe('ACCOUNT_EXISTS');
  });

  it('admits only verified addresses of the domains, at every sign-in', async () => {
    const enter = async (email: string, email_verified: unknown = true, sub = newSubject()) =>
      (await signInWith(gateway, domains, { sub, email, email_verified })).ending;
    const id = newSubject();
    expect(await enter(`${id}@corp.example`, true, id)).toBe('signed in');
    expect(await enter(`${id}2@OTHER.example`)).toBe('signed in');
    for (const email of [
      'a@evil.example',
      'a@corp.example.evil.example',
      'a@evilcorp.example',
      'a@sub.corp.example',
    ])
      expect(await enter(email), email).toBe('FORBIDDEN');
    expect(await enter('b@corp.example', false)).toBe('FORBIDDEN');
    expect(await enter(`${id}@evil.example`, true, id), 'a known person with another address').toBe(
      'FORBIDDEN',
    );
    expect(await enter(`${id}@corp.example`, false, id), 'or with an unverified one').toBe('FORBIDDEN');
    expect(await enter(`${id}@corp.example`, true, id)).toBe('signed in');
  });

  it.each(['"a b"@example.com', 'a@b', 'a@example.com\r\nBcc: x@example.com', '', 'ä@example.com'])(
    'does not take %j for an address',
    async (email) => {
      const claims = { sub: newSubject(), email, email_verified: true };
      expect((await signInWith(gateway, plain, claims)).ending).toBe('EMAIL_NOT_VERIFIED');
    },
  );

  it('makes valid and unique usernames of anything that the provider gives', async () => {
    const names = [
      'robin',
      'robin',
      'ROBIN',
      'Zoë Ångström',
      '<script>',
      '..',
      'x'.repeat(300),
      'a\0b',
      '日本',
      7,
    ];
    for (const preferred_username of names) {
      const claims = { sub: newSubject(), email: someone().email, email_verified: true, preferred_username };
      const { ending, user } = await signInWith(gateway, plain, { ...claims, name: '\u202eevil\n' });
      expect(ending, String(preferred_username)).toBe('signed in');
      expect(user?.username).toMatch(/^[A-Za-z0-9_.-]{3,32}$/);
      expect(user?.displayName).toBeNull();
    }
  });

  describe('the states of an account', () => {
    it('are told only after the provider has vouched for the person', async () => {
      const sub = newSubject();
      const { email } = someone();
      const claims = { sub, email, email_verified: true };
      const { user } = await signInWith(gateway, plain, claims);
      const sql = openDatabase(gateway);
      await sql`update users set is_active = false where id = ${user?.id ?? ''}`;
      expect((await signInWith(gateway, plain, claims)).ending).toBe('ACCOUNT_DISABLED');
      await sql`update users set is_active = true, email_verified = false where id = ${user?.id ?? ''}`;
      expect((await signInWith(gateway, plain, claims)).ending).toBe('EMAIL_NOT_VERIFIED');
      await sql`update users set email_verified = true where id = ${user?.id ?? ''}`;
      expect((await signInWith(gateway, plain, claims)).ending).toBe('signed in');
    });

    it('a lock by wrong passwords does not block the provider', async () => {
      const account = await registerAndVerify(gateway);
      const claims = { sub: newSubject(), email: account.email, email_verified: true };
      expect((await signInWith(gateway, linking, claims)).ending).toBe('signed in');
      for (let guess = 0; guess < 6; guess += 1)
        await login(gateway, { ...account, password: `Wrong-${guess}-guess!` });
      expectCode(await login(gateway, account), 'ACCOUNT_LOCKED');
      expect((await signInWith(gateway, linking, claims)).ending).toBe('signed in');
      expectCode(await login(gateway, account), 'ACCOUNT_LOCKED');
    });
  });

  it('creates one account if one person signs in 20 times at once', { timeout: 300_000 }, async () => {
    for (let round = 0; round < RACES; round += 1) {
      const { email } = someone();
      const claims = { sub: newSubject(), email, email_verified: true };
      const endings = await Promise.all(Array.from({ length: 20 }, () => signInWith(gateway, plain, claims)));
      expect(endings.map(({ ending }) => ending)).toEqual(Array(20).fill('signed in'));
      expect(new Set(endings.map(({ user }) => user?.id)).size).toBe(1);
      const [count] = await openDatabase(gateway)`select count(*)::int from users where email = ${email}`;
      expect(count).toEqual({ count: 1 });
    }
  });

  it('gives 20 people of one name 20 usernames at once', async () => {
    const people = Array.from({ length: 20 }, () => ({
      sub: newSubject(),
      email: someone().email,
      email_verified: true,
      preferred_username: 'samename',
    }));
    const endings = await Promise.all(people.map((claims) => signInWith(gateway, plain, claims)));
    expect(endings.map(({ ending }) => ending)).toEqual(Array(20).fill('signed in'));
    expect(new Set(endings.map(({ user }) => user?.username)).size).toBe(20);
  });

  it('creates one account if a registration is verified at the same time', async () => {
    for (let round = 0; round < RACES; round += 1) {
      const account = someone();
      expectData(await register(gateway, account));
      const token = tokenIn(await verificationMail(gateway, account.email));
      const claims = { sub: newSubject(), email: account.email, email_verified: true };
      const [verified, { ending }] = await Promise.all([
        gateway.client.run(VerifyEmailDocument, { token }),
        signInWith(gateway, plain, claims),
      ]);
      const [count] = await openDatabase(gateway)`
        select count(*)::int from users where email = ${account.email} and not pending`;
      expect(count).toEqual({ count: 1 });
      if (ending === 'signed in') expectCode(verified, 'TOKEN_INVALID');
      else expect(ending).toBe('ACCOUNT_EXISTS');
      if (ending !== 'signed in') await signIn(gateway, account);
    }
  });
});

describeOnPostgres('an identity from before the proof of the address', ({ start }) => {
  let gateway: Gateway;
  let evil: EvilProvider;

  beforeAll(async () => {
    evil = await startEvilProvider('evil', { CREATE: 'false' });
    gateway = await start({ env: { ...settingsOf(evil), REQUIRE_VERIFIED_EMAIL: 'false' } });
  });

  /** The attacker registers the victim's address and links an identity of their own. */
  const prepare = async () => {
    const account = someone();
    expectData(await register(gateway, account));
    const { accessToken, user } = await signIn(gateway, account);
    const claims = { sub: newSubject(), email: someone().email, email_verified: true };
    const page = await beginLink(gateway, accessToken, 'evil');
    const { code = '' } = landingOf(await openCallback(callbackFor(page, claims)));
    expectData(await redeem(gateway, code, page.codeVerifier));
    expect((await signInWith(gateway, evil, claims)).user?.id).toBe(user.id);
    return { account, claims };
  };

  it('does not sign in after the owner of the mailbox has reset the password', async () => {
    const { account, claims } = await prepare();
    expectData(await gateway.client.run(RequestPasswordResetDocument, { email: account.email }));
    const mail = await gateway.mail.waitForMail(account.email, ({ subject }) => /password/i.test(subject));
    const passwords = { newPassword: 'AnotherPassword456?', confirmPassword: 'AnotherPassword456?' };
    const input = { token: tokenIn(mail), ...passwords };
    expectData(await gateway.client.run(ResetPasswordDocument, { input }));
    expect((await signInWith(gateway, evil, claims)).ending).toBe('FORBIDDEN');
    const owner = await signIn(gateway, { ...account, password: 'AnotherPassword456?' });
    expect((await identitiesOf(gateway, owner.accessToken)).identities).toEqual([]);
  });

  it('does not sign in after the operator has made the account an admin', async () => {
    const { account, claims } = await prepare();
    const args = ['create', '--username', account.username, '--email', account.email];
    expect((await command('admin', args, gateway)).status).toBe(0);
    expect((await signInWith(gateway, evil, claims)).ending).toBe('FORBIDDEN');
  });

  it('stays if the address was verified before', async () => {
    const { account, claims } = await prepare();
    const token = tokenIn(await verificationMail(gateway, account.email));
    expectData(await gateway.client.run(VerifyEmailDocument, { token }));
    expectData(await gateway.client.run(RequestPasswordResetDocument, { email: account.email }));
    const mail = await gateway.mail.waitForMail(account.email, ({ subject }) => /password/i.test(subject));
    const passwords = { newPassword: 'AnotherPassword456?', confirmPassword: 'AnotherPassword456?' };
    expectData(
      await gateway.client.run(ResetPasswordDocument, { input: { token: tokenIn(mail), ...passwords } }),
    );
    expect((await signInWith(gateway, evil, claims)).ending).toBe('signed in');
  });
});
