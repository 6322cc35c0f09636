import { beforeAll, describe, expect, it } from 'vitest';
import {
  AuditLogDocument,
  CountUsersDocument,
  RegisterDocument,
  UpdateProfileDocument,
} from '../../generated/graphql.js';
import { registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { invited, page, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends } from '../../support/in-process.js';
import { challenge, protectedAccount, secondStep, wrong } from '../../support/totp.js';

describeOnBackends('user input', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;
  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
  });

  const registration = (given: Record<string, string> = {}) => {
    const { username, email, password } = someone();
    return { username, email, password, confirmPassword: password, ...given };
  };
  const faultsOf = async (given: Record<string, string>) => {
    const input = { ...registration(given), ...(given.password && { confirmPassword: given.password }) };
    return (
      expectCode(await gateway.client.run(RegisterDocument, { input }), 'BAD_USER_INPUT').fieldErrors ?? []
    );
  };
  const find = async (search: string) =>
    (await page(gateway, admin.token, { filter: { search }, first: 100 })).nodes.map(
      ({ username }) => username,
    );

  it('is refused as an email address that a URL parser would rewrite', async () => {
    const typed = [
      'mona@example.org/x',
      'mona@example.org?subject=hi',
      'mona@exam%70le.org',
      'mona@163',
      'mona@2130706433',
    ];
    for (const email of [
      ...typed,
      'mona@[127.0.0.1]',
      'mona@127.1',
      'mona@example.org:25',
      'mona@example.org.',
    ])
      expect(await faultsOf({ email }), email).toEqual([
        { field: 'email', message: expect.stringContaining('name@example.com') },
      ]);
  });

  it('is accepted as an internationalized email address, with full-width dots', async () => {
    const { username } = someone();
    const account = await registerAndVerify(gateway, { email: `${username}@bücher.example` });
    for (const spelling of ['bücher.example', 'BU\u0308CHER。example', 'ｂücher．example'])
      await signIn(gateway, { ...account, username: `${username}@${spelling}` });
  });

  it('is found by composed and decomposed search text, and by an internationalized domain', async () => {
    const { username } = someone();
    await invited(gateway, admin, {
      username,
      email: `${username}@bücher.example`,
      displayName: 'Zoë Łukasz 100%_\\',
    });
    for (const search of [
      'Zoe\u0308',
      'ZOE\u0308',
      'zoë',
      'łUKASZ',
      '100%_\\',
      '0%_',
      `${username}@bücher.EXAMPLE`,
      `${username}@XN--BCHER`,
    ])
      expect(await find(search), search).toEqual([username]);
    expect(await find('bu\u0308cher')).toContain(username);
    for (const search of ['Zo%', 'Z_ë', '100%\\_']) expect(await find(search), search).toEqual([]);
  });

  it('is found by a new name after a change, and not by the old one', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    const { username } = someone();
    const displayName = `Ørsted ${username}`;
    expectData(
      await gateway.client.run(UpdateProfileDocument, { input: { username, displayName } }, { token }),
    );
    expect(await find(displayName.toUpperCase())).toEqual([username]);
    expect(await find(account.email)).toEqual([username]);
    expect(await find(account.username)).toEqual([]);
  });

  it('is accepted as a display name in any script, but not if it is invisible', async () => {
    const { accessToken: token } = await signIn(gateway, await registerAndVerify(gateway));
    const rename = (displayName: string) =>
      gateway.client.run(UpdateProfileDocument, { input: { displayName } }, { token });
    for (const name of ['علی\u200cرضا', 'ශ්\u200dරී', 'क्\u200dषितिज', 'Ada 👨‍👩‍👧‍👦', '🏴󠁧󠁢󠁳󠁣󠁴󠁿 Ada ❤️'])
      expect(expectData(await rename(name)).updateProfile.displayName).toBe(name.normalize('NFC'));
    for (const name of [
      '\u3164',
      '\u2800',
      '\u115f',
      '\u1160',
      '\uffa0',
      '\u0301',
      '\u200d',
      'Ada\u202e',
      'Ada\u200c',
    ])
      expect(expectCode(await rename(name), 'BAD_USER_INPUT').fieldErrors).toEqual([
        { field: 'displayName', message: expect.stringMatching(/^Must /) },
      ]);
  });

  it('is accepted as a code with dashes and invisible characters, not with a dot', async () => {
    const owner = await protectedAccount(gateway);
    const enter = async (code: string) =>
      secondStep(gateway, (await challenge(gateway, owner)).challengeToken, code);
    const code = await owner.authenticator.freshCode();
    expectCode(
      await enter(`${wrong(code).slice(0, 3)}\u2013${wrong(code).slice(3)}`),
      'INVALID_TWO_FACTOR_CODE',
    );
    expectData(await enter(`\u200e${code.slice(0, 3)}\u2013${code.slice(3)}\u200b`));
    expectCode(await enter(`${code.slice(0, 3)}.${code.slice(3)}`), 'INVALID_TWO_FACTOR_CODE');
    const [one = '', two = '', three = ''] = owner.recoveryCodes;
    for (const typed of [
      one.replaceAll('-', '\u2011'),
      two.replaceAll('-', ' \u2013 ').toLowerCase(),
      `\ufeff${three}\u00a0`,
    ])
      expectData(await enter(typed));
    expectCode(await enter(one.replaceAll('-', '\u2010')), 'INVALID_TWO_FACTOR_CODE');
  });

  describe('a time in a filter', () => {
    const times = [
      '0001-01-01T00:00:00+01:00',
      '0000-01-01T00:00:00Z',
      '0000-12-31T23:59:59.999999-12:00',
      '9999-12-31T23:59:59-12:00',
      '9999-12-31T23:59:59.9999999Z',
      '1969-12-31T23:59:59Z',
    ];
    /** Not valid times, though some parsers accept them. */
    const others = [
      '2026-02-30T00:00:00Z',
      '2026-01-01T00:00:00|01:00',
      '2026-01-01T24:00:00Z',
      '10000-01-01T00:00:00Z',
      '-0001-01-01T00:00:00Z',
      '2016-12-31T23:59:60Z',
      'infinity',
      '',
      'now',
    ];

    for (const field of ['createdAfter', 'createdBefore'] as const) {
      it(`filters users by ${field}, and an invalid time is refused`, async () => {
        const count = async (time: string) =>
          expectData(await gateway.client.run(CountUsersDocument, { filter: { [field]: time } }, admin)).users
            .totalCount;
        for (const time of times) {
          const found = await count(time);
          expect(found > 0, time).toBe(time.startsWith('9999') === (field === 'createdBefore'));
        }
        for (const time of others)
          expect(
            expectCode(
              await gateway.client.run(CountUsersDocument, { filter: { [field]: time } }, admin),
              'BAD_USER_INPUT',
            ).fieldErrors?.map((one) => one.field),
            time,
          ).toEqual([expect.stringMatching(new RegExp(`${field}$`))]);
      });
    }
    for (const field of ['after', 'before'] as const) {
      it(`filters audit events by ${field}, and an invalid time is refused`, async () => {
        const read = (time: string) =>
          gateway.client.run(AuditLogDocument, { filter: { [field]: time }, first: 1 }, admin);
        for (const time of times) {
          const { nodes } = expectData(await read(time)).auditEvents;
          expect(nodes.length > 0, time).toBe(time.startsWith('9999') === (field === 'before'));
        }
        for (const time of others) expectCode(await read(time), 'BAD_USER_INPUT');
      });
    }
  });

  it('is refused as a password that is easy to guess, with a readable reason', async () => {
    const passwords = [
      'aaaaaaaaaaaaaaaa',
      'abcabcabcabcabc',
      'abcdefghijklmnop',
      'qwertyuiopasdf',
      'passwordpassword',
      '19901990199019901990',
    ];
    for (const password of passwords) {
      const [fault] = await faultsOf({ password });
      expect(fault).toEqual({
        field: 'password',
        message: expect.stringMatching(/^Is too easy to guess\. [A-Z].*\.$/),
      });
      expect(fault?.message).not.toMatch(/\b[a-z]+[A-Z]/);
    }
  });

  it('is refused as a search if it is invalid text or too long', async () => {
    for (const search of ['nul\0', `lone${String.fromCharCode(0xd800)}`, 'x'.repeat(257)]) {
      const result = await gateway.client.run(CountUsersDocument, { filter: { search } }, admin);
      expect(expectCode(result, 'BAD_USER_INPUT').fieldErrors?.[0]?.field).toBe('filter.search');
    }
  });

  it('is refused within 300 ms if it is 45 KB of combining marks', async () => {
    const marks = 'a\u0301\u0323'.repeat(9_000);
    const fields = ['username', 'email', 'password', 'displayName'];
    for (const field of fields) {
      const startedAt = performance.now();
      const faults = await faultsOf({ [field]: marks });
      expect(performance.now() - startedAt, field).toBeLessThan(300);
      expect(faults.map((fault) => fault.field)).toContain(field);
    }
  });
});
