import { describe, expect, it } from 'vitest';
import type { RenderRequest } from '../../../src/mail/render.js';
import type { MailName } from '../../../src/mail/templates.js';
import { DEFAULT_BRAND } from '../../support/brands.js';

/** The built module, with the type of its source. */
const built = (file: string) => import(new URL(`../../../dist/src/mail/${file}`, import.meta.url).href);
const module: typeof import('../../../src/mail/render.js') = await built('render.js');
const { mailNames, templates }: typeof import('../../../src/mail/templates.js') = await built('templates.js');

const renderMail = <N extends MailName>(request: Omit<RenderRequest<N>, 'brand'>) =>
  module.renderMail({ ...request, brand: DEFAULT_BRAND } as RenderRequest<N>);

const HOSTILE = `<b>"&'`;
const LINK = 'https://app.example.com/some-page?from=mail&token=kT3vF0cJ9bQxL2mW7sYd8hRgZ5nPaE1uVi6oXtC4qBw';

/** Renders a template's sample; `override` returns the value of each property. */
async function render(
  name: MailName,
  override: (key: string, value: unknown) => unknown = (_, value) => value,
) {
  const { previewProps } = await templates[name]();
  const props = Object.fromEntries(
    Object.entries(previewProps).map(([key, value]) => [key, override(key, value)]),
  );
  return renderMail({ name, props: props as never });
}

const withHostileText = (key: string, value: unknown) =>
  key === 'link' || key === 'at' || typeof value !== 'string' ? value : HOSTILE;
const withLink = (key: string, value: unknown) => (key === 'link' ? LINK : value);

/** Expects markup that a browser does not have to repair. */
function expectBalanced(html: string) {
  const open: string[] = [];
  const markup = html.replace(/<!--[\s\S]*?-->/g, '').replace(/^<!DOCTYPE[^>]*>/i, '');
  for (const [tag, closing, name = '', empty] of markup.matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/gi,
  )) {
    if (closing === '/') expect(open.pop(), tag).toBe(name);
    else if (empty !== '/') open.push(name);
  }
  expect(open).toEqual([]);
  expect(markup.replace(/<\/?[a-z][^<>]*>/gi, ''), 'only text between the tags').not.toMatch(/[<>]/);
}

it('has a template for each kind of mail', () => {
  expect([...mailNames].sort()).toEqual([
    'account-locked',
    'already-registered',
    'email-change',
    'identity-linked',
    'identity-unlinked',
    'invitation',
    'passkey-added',
    'passkey-copied',
    'passkey-removed',
    'password-changed',
    'reset-password',
    'session-reuse',
    'two-factor-disabled',
    'two-factor-setup',
    'verify-email',
    'welcome',
  ]);
});

describe.each(mailNames)('%s', (name) => {
  it('is well-formed, also with hostile text', async () => {
    expectBalanced((await render(name)).html);
    expectBalanced((await render(name, withHostileText)).html);
  });

  it('escapes user input', async () => {
    const { html, text } = await render(name, withHostileText);
    expect(html).not.toContain(HOSTILE);
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;b&gt;&quot;&amp;&#x27;');
    expect(text).toContain(HOSTILE);
  });

  it('has a subject without user input', async () => {
    const plain = await render(name);
    const hostile = await render(name, withHostileText);
    expect(hostile.subject).toBe(plain.subject);
    expect(plain.subject).toMatch(/^[\w ,.-]{10,60}$/);
  });

  it('loads nothing when it is opened', async () => {
    const { html: whole } = await render(name);
    const html = whole.replace(/<style>@media \(prefers-color-scheme: dark\) \{[^<]*\}<\/style>/, '');
    expect(html).not.toMatch(/<(img|link|script|iframe|object|video|audio|style)\b/i);
    expect(html).not.toMatch(/\b(src|srcset|background|poster)\s*=/i);
    expect(whole).not.toMatch(/url\(|@import|@font-face/i);
  });

  it('shows its whole link, in both versions', async () => {
    const { html, text } = await render(name, withLink);
    const { previewProps } = await templates[name]();
    const linked = 'link' in previewProps;
    expect(text.split('\n').filter((line) => line === LINK)).toHaveLength(linked ? 1 : 0);
    expect(text.split('token=')).toHaveLength(linked ? 2 : 1);
    const escaped = LINK.replace('&', '&amp;');
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual(
      linked ? [escaped, escaped] : [],
    );
    if (linked) expect(html).toContain(`>${escaped}</a>`);
  });

  it('has no missing value, and no word joined to a value', async () => {
    const { text } = await render(name);
    const { previewProps } = await templates[name]();
    expect(text).not.toMatch(/undefined|null|\[object/);
    for (const [key, value] of Object.entries(previewProps)) {
      if (key !== 'at' && typeof value === 'string') expect(text, key).toMatch(separateWord(value));
    }
  });
});

function separateWord(value: string) {
  return new RegExp(`(^|\\s)${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`, 'm');
}

describe('user input in mails', () => {
  it.each([
    'Claim your prize at https://evil.example/x',
    'Go to www.evil.example now',
    'You won! evil.example',
  ])('is left out if a mail client would turn it into a link: %s', async (bait) => {
    const { html, text } = await render('account-locked', (key, value) =>
      key === 'name' || key === 'userAgent' ? bait : value,
    );
    expect(html + text).not.toContain('evil');
    expect(text).toContain('Hello,');
  });

  it('is truncated, and cannot change the text direction', async () => {
    const { text } = await render('welcome', (key, value) =>
      key === 'name' ? `\u202e${'x'.repeat(500)}` : value,
    );
    expect(text).toContain(`Hello ${'x'.repeat(64)}…,`);
    expect(text).not.toContain('\u202e');
  });
});

it('names the username in a verification mail, and says when to ignore it', async () => {
  const { text } = await render('verify-email');
  expect(text).toContain('with the username robin');
  expect(text).toContain('If this was not you, ignore this mail');
});

it('distinguishes the confirmation of a new address from the first verification', async () => {
  const { previewProps } = await templates['verify-email']();
  const { subject, text } = await renderMail({
    name: 'verify-email',
    props: { ...previewProps, change: true },
  });
  expect(subject).toBe('Confirm your new email address');
  expect(text).toContain('the account keeps its old address');
});

it('names no passkey if all of them were removed', async () => {
  const { previewProps } = await templates['passkey-removed']();
  const { text } = await renderMail({ name: 'passkey-removed', props: { ...previewProps, passkey: null } });
  expect(text).toContain('All passkeys were removed');
  expect(text).not.toMatch(/null|Name of the passkey/);
});

describe('a username that looks like a link', () => {
  const mailsToStrangers = ['verify-email', 'already-registered', 'welcome', 'reset-password'] as const;
  it.each(mailsToStrangers)('is cut before its first dot in %s', async (name) => {
    const { previewProps } = await templates[name]();
    for (const username of ['claim-now.evil-prize.com', 'www.evil-prize.com', 'a.b.evil-prize.xn--p1ai']) {
      const { html, text } = await renderMail({
        name,
        props: { ...previewProps, name: username, username } as never,
      });
      expect(html + text).not.toContain('evil');
      expect(text).toContain(`${username.split('.')[0]}…`);
      expect(text).toContain('Hello,');
    }
  });

  it('is printed in full if it does not look like a link', async () => {
    const { previewProps } = await templates['verify-email']();
    for (const username of ['robin_doe', 'robin-3.1', 'r2.d2']) {
      const { text } = await renderMail({ name: 'verify-email', props: { ...previewProps, username } });
      expect(text).toContain(username);
    }
  });

  it.each([
    'evil。com',
    'evil．com',
    'evil\u200d.com',
    'http://evil',
    'mailto:evil',
    'www.evil',
    'evil🎁.com',
  ])('is left out of a greeting, in any spelling: %j', async (bait) => {
    const { html, text } = await render('password-changed', (key, value) => (key === 'name' ? bait : value));
    expect(html + text).not.toMatch(/evil/);
    expect(text).toContain('Hello,');
  });
});
