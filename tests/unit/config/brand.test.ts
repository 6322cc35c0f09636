import { describe, expect, it } from 'vitest';
import type * as ConfigModule from '../../../src/config.js';
import { contrast, DARK_SURFACE } from '../../../src/platform/brand.js';
import { faultlessProduction } from '../../support/production.js';

const built = new URL('../../../dist/src/config.js', import.meta.url).href;
const { parseConfig } = (await import(built)) as typeof ConfigModule;

type Environment = Record<string, string | undefined>;

const parse = (env: Environment) => parseConfig(env, (name) => name.padEnd(32, '-'));

function faultsOf(env: Environment): readonly string[] {
  try {
    parse(env);
    return [];
  } catch (error) {
    return (error as InstanceType<typeof ConfigModule.ConfigurationError>).faults;
  }
}

/** Expects one line that names the variable and does not contain its value. */
function expectFault(name: string, value: string, fault = /must /) {
  const faults = faultsOf({ [name]: value });
  expect(faults, `${name}=${value}`).toEqual([expect.stringMatching(fault)]);
  expect(faults[0]).toMatch(new RegExp(`^${name} must `));
  if (value.length > 12) expect(faults[0]).not.toContain(value);
}

describe('the brand', () => {
  it('is Gatehouse in blue by default, also in production', () => {
    const brand = { name: 'Gatehouse', color: '#1a56db', colorOnDark: expect.any(String) };
    expect(parse({}).brand).toEqual(brand);
    expect(parse(faultlessProduction()).brand).toEqual(brand);
  });

  it('has a logo and a place for help if they are set', () => {
    const env = {
      BRAND_LOGO_URL: 'https://cdn.example.com/logo.svg?v=2',
      SUPPORT_URL: 'https://example.com/help',
    };
    expect(parse(env).brand).toMatchObject({ logoUrl: env.BRAND_LOGO_URL, supportUrl: env.SUPPORT_URL });
  });
});

describe('BRAND_NAME', () => {
  it.each([
    ['Fjord Fibre', 'Fjord Fibre'],
    ['  Fjord Fibre\t', 'Fjord Fibre'],
    ['Smith, Jones & Sons; (Norway) [1]', 'Smith, Jones & Sons; (Norway) [1]'],
    ["L'Été", "L'Été"],
    ['Booking.example', 'Booking.example'],
    ['شبكة الألياف', 'شبكة الألياف'],
    ['光纤', '光纤'],
    ['Fibre 🚀', 'Fibre 🚀'],
    ['👩‍🚀', '👩‍🚀'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['🚀'.repeat(64), '🚀'.repeat(64)],
  ])('accepts %j', (text, name) => expect(parse({ BRAND_NAME: text }).brand.name).toBe(name));

  it.each([
    'x'.repeat(65),
    'Fjord\r\nBcc: victim@example.com',
    'Fjord\nFibre',
    'Fjord\u0000',
    'Fjord\u2028Fibre',
    '<script>alert(1)</script>',
    'Fjord <noreply@evil.example>',
    'Fjord" <noreply@evil.example>, "',
    'Fjord\\',
    'Fjord: Fibre',
    '\u202eerbiF',
    'Fjord\u200bFibre',
    '\u200b',
    '\u2800',
    '\ud800',
  ])('refuses %j', (text) => expectFault('BRAND_NAME', text, /must have 1 to 64 visible characters/));
});

describe('BRAND_COLOR', () => {
  it.each([
    ['#1A56DB', '#1a56db'],
    ['#036', '#003366'],
    ['#000', '#000000'],
    ['#0B6B3A', '#0b6b3a'],
    // 4.54, the lightest grey that is dark enough.
    ['#767676', '#767676'],
  ])('accepts %s', (text, color) => expect(parse({ BRAND_COLOR: text }).brand.color).toBe(color));

  it.each([
    '1a56db',
    '#1a56d',
    '#1a56dbff',
    'rebeccapurple',
    '#ggg',
    'rgb(0,0,0)',
    '#000;color:red',
    '#000\n'.padEnd(9, 'x'),
  ])('refuses %j', (text) => expectFault('BRAND_COLOR', text, /must be a colour such as #1a56db/));

  it.each(['#fff', '#777777', '#FFCC00', '#1a73e8'.replace('1a73e8', '4a90e2')])(
    'refuses %s, on which white text cannot be read',
    (text) => expectFault('BRAND_COLOR', text, /contrast of at least 4\.5/),
  );

  it('is lightened for a dark surface, as little as needed', () => {
    for (const color of ['#000000', '#1a56db', '#0b6b3a', '#7a0019', '#4b0082', '#767676']) {
      const { colorOnDark } = parse({ BRAND_COLOR: color }).brand;
      const reached = contrast(colorOnDark, DARK_SURFACE);
      expect(colorOnDark).toMatch(/^#[0-9a-f]{6}$/);
      expect(reached, color).toBeGreaterThanOrEqual(4.5);
      if (contrast(color, DARK_SURFACE) >= 4.5) expect(colorOnDark).toBe(color);
      else expect(reached, color).toBeLessThan(4.8);
    }
  });
});

describe('the contrast of colours', () => {
  // The values of the WCAG examples and of the WebAIM contrast checker.
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    ['#777777', '#ffffff', 4.48],
    ['#767676', '#ffffff', 4.54],
    ['#ff0000', '#ffffff', 4],
    ['#0000ff', '#ffffff', 8.59],
  ])('of %s and %s is %d', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 2);
    expect(contrast(other, one)).toBeCloseTo(ratio, 2);
  });
});

describe('BRAND_LOGO_URL and SUPPORT_URL', () => {
  const both = ['BRAND_LOGO_URL', 'SUPPORT_URL'] as const;

  it.each(both)('%s accepts https, and http on loopback', (name) => {
    for (const url of [
      'https://example.com/a',
      'http://localhost:3000/a',
      'http://127.0.0.1/a',
      'http://[::1]/a',
    ])
      expect(faultsOf({ [name]: url })).toEqual([]);
  });

  it.each(both)('%s refuses other URLs', (name) => {
    for (const url of [
      'http://example.com/a',
      'http://localhost.example.com/a',
      'https://user:password@example.com/a',
      'https://user@example.com/a',
      'javascript:alert(1)',
      'data:image/png;base64,AAAA',
      'file:///etc/passwd',
      '//example.com/a',
      'example.com',
    ])
      expectFault(name, url);
  });

  it('take the form of the URL standard', () => {
    const { brand } = parse({
      SUPPORT_URL: 'HTTPS://Example.com/a b"<',
      BRAND_LOGO_URL: 'https://bücher.example',
    });
    expect(brand.supportUrl).toBe('https://example.com/a%20b%22%3C');
    expect(brand.logoUrl).toBe('https://xn--bcher-kva.example/');
  });

  it('accept a mail address for help, but not as a logo', () => {
    for (const url of ['mailto:help@example.com', 'mailto:help@example.com?subject=Sign-in'])
      expect(parse({ SUPPORT_URL: url }).brand.supportUrl).toBe(url);
    for (const url of ['mailto:', 'mailto:help', 'mailto:?to=help@example.com', 'mailto:a@b@example.com'])
      expectFault('SUPPORT_URL', url);
    expectFault('BRAND_LOGO_URL', 'mailto:help@example.com');
  });
});

describe('PAGES', () => {
  it('are all in development and none in production by default', () => {
    expect(parse({}).pages).toEqual(['account', 'console']);
    expect(parse(faultlessProduction()).pages).toEqual([]);
  });

  it.each([
    ['none', []],
    ['account', ['account']],
    ['account,console', ['account', 'console']],
    [' console , account ', ['account', 'console']],
  ])('accept %j', (text, pages) => {
    expect(parse({ PAGES: text }).pages).toEqual(pages);
    expect(parse({ ...faultlessProduction(), PAGES: text }).pages).toEqual(pages);
  });

  it.each(['all', 'Account', 'account,none', 'none,console', 'account;console', 'account,admin', ','])(
    'refuse %j',
    (text) => expectFault('PAGES', text, /must be account, or account,console, or none/),
  );

  it('refuse the console without the account pages', () =>
    expectFault('PAGES', 'console', /must contain account: the console signs people in/));
});
