import { describe, expect, it } from 'vitest';
import { renderMail } from '../../../src/mail/render.js';
import { type MailName, mailNames, templates } from '../../../src/mail/templates.js';
import type { Brand } from '../../../src/platform/brand.js';
import { DEFAULT_BRAND, FJORD } from '../../support/brands.js';

async function render(name: MailName, brand: Brand = FJORD) {
  const { previewProps } = await templates[name]();
  return renderMail({ name, props: previewProps as never, brand });
}

const occurrences = (text: string, part: string) => text.split(part).length - 1;

describe.each(mailNames)('%s', (name) => {
  it('says the name of the brand, and never that of the gateway', async () => {
    const { subject, html, text } = await render(name);
    expect(subject + html + text).not.toMatch(/gatehouse/i);
    // The head line, the text and the footer.
    expect(occurrences(text, FJORD.name)).toBeGreaterThanOrEqual(3);
    expect(text, 'a space before and after the name').not.toMatch(/\wFjord Fibre|Fjord Fibre\w/);
    expect(occurrences(html, `<bdi>${FJORD.name}</bdi>`)).toBeGreaterThanOrEqual(2);
  });

  it('names the place for help once, as a link that can be read and copied', async () => {
    const { html, text } = await render(name);
    expect(occurrences(text, FJORD.supportUrl)).toBe(1);
    expect(text).toContain(`If you need help: ${FJORD.supportUrl}`);
    const escaped = FJORD.supportUrl.replace('&', '&amp;');
    expect(html).toMatch(new RegExp(`<a href="${escaped.replaceAll(/[?.]/g, '\\$&')}"[^>]*>`));
    expect(html).toContain(`>${escaped}</a>`);
  });

  it('mentions no help if there is no place for it', async () => {
    const { html, text } = await render(name, DEFAULT_BRAND);
    expect(html + text).not.toContain('If you need help');
  });

  it('shows the address of a mailto: URL', async () => {
    const supportUrl = 'mailto:help@fjord.example?subject=Sign-in';
    const { html, text } = await render(name, { ...FJORD, supportUrl });
    expect(text).toMatch(/If you need help: help@fjord\.example$/m);
    expect(html).toContain(`href="${supportUrl}"`);
    expect(html).toContain('>help@fjord.example</a>');
  });

  it('has links and buttons in the colour of the brand, and no logo', async () => {
    const { html } = await render(name);
    for (const [link] of html.matchAll(/<a [^>]*>/g)) {
      const isButton = link.includes('background');
      expect(link).toContain(isButton ? `background-color:${FJORD.color}` : `color:${FJORD.color}`);
      if (isButton) expect(link).toContain(';color:#ffffff');
      else expect(link).toContain('class="text-link"');
    }
    expect(html).toContain(
      `@media (prefers-color-scheme: dark) { .text-link { color: ${FJORD.colorOnDark} !important } }`,
    );
    expect(html).not.toContain('logo');
  });

  it('escapes the name of the brand', async () => {
    const { html, text } = await render(name, { ...FJORD, name: `<b>"Tom" & 'Jerry'</b>` });
    expect(html).not.toContain('<b>');
    expect(html).toContain('<bdi>&lt;b&gt;&quot;Tom&quot; &amp; &#x27;Jerry&#x27;&lt;/b&gt;</bdi>');
    expect(text).toContain(`automatically by <b>"Tom" & 'Jerry'</b>.`);
  });

  it.each(['شبكة الألياف', 'רשת 5G', 'Fibre 🚀', '光纤'])('isolates the name %s', async (brandName) => {
    const { html, text } = await render(name, { ...FJORD, name: brandName });
    expect(html).toMatch(/<html [^>]*dir="ltr"/);
    expect(html).toContain(`automatically by <bdi>${brandName}</bdi>`);
    expect(text).toContain(`This message was sent automatically by ${brandName}.`);
  });
});

it('has these subjects', async () => {
  const subjects = await Promise.all(mailNames.map(async (name) => [name, (await render(name)).subject]));
  expect(Object.fromEntries(subjects)).toEqual({
    'account-locked': 'Your Fjord Fibre account is locked for a while',
    'already-registered': 'You already have an account at Fjord Fibre',
    'email-change': 'Your Fjord Fibre email address is about to change',
    'identity-linked': 'A new way to sign in was added',
    'identity-unlinked': 'A way to sign in was removed',
    invitation: 'You are invited to Fjord Fibre',
    'passkey-added': 'A passkey was added to your account',
    'passkey-copied': 'A passkey was refused because it may have been copied',
    'passkey-removed': 'A passkey was removed from your account',
    'password-changed': 'Your Fjord Fibre password was changed',
    'reset-password': 'Reset your Fjord Fibre password',
    'session-reuse': 'We ended a session of your Fjord Fibre account',
    'two-factor-disabled': 'Two-factor authentication was switched off',
    'two-factor-setup': 'Two-factor authentication was switched on',
    'verify-email': 'Confirm your email address',
    welcome: 'Welcome to Fjord Fibre',
  });
});

it.each(['email-change', 'password-changed', 'two-factor-disabled', 'two-factor-setup'] as const)(
  'sends the reader of %s to the administrator if there is no other place for help',
  async (name) => {
    expect((await render(name)).text).toMatch(/ (tell|ask) us\b/);
    expect((await render(name, DEFAULT_BRAND)).text).toMatch(/ (tell|ask) your administrator\b/);
  },
);
