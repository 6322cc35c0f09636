import { expect, it } from 'vitest';
import { TOKEN_LIFETIME_MINUTES } from '../../../src/features/one-time-tokens/purpose.js';
import { LINK_MINUTES, lifetimeSeconds, retryPause } from '../../../src/mail/lifetime.js';
import { mailNames } from '../../../src/mail/templates.js';

it('sends a mail for as long as the token of its link is valid', () => {
  expect(LINK_MINUTES).toEqual({
    'verify-email': TOKEN_LIFETIME_MINUTES.VERIFY_EMAIL,
    'reset-password': TOKEN_LIFETIME_MINUTES.RESET_PASSWORD,
    invitation: TOKEN_LIFETIME_MINUTES.INVITATION,
  });
  // Both kinds of link use the same template.
  expect(TOKEN_LIFETIME_MINUTES.CHANGE_EMAIL).toBe(TOKEN_LIFETIME_MINUTES.VERIFY_EMAIL);
});

it("doubles the pause between attempts, with jitter, up to a twentieth of the mail's lifetime", () => {
  for (const name of mailNames) {
    const longest = lifetimeSeconds(name) / 20;
    for (let attempts = 0; attempts < 40; attempts++) {
      const expected = Math.min(10 * 2 ** attempts, longest);
      const pauses = Array.from({ length: 50 }, () => retryPause(name, attempts));
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(expected / 2);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(expected);
      expect(new Set(pauses).size).toBeGreaterThan(40);
    }
  }
});
