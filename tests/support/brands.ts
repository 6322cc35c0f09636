import { type Brand, lightenedForDark } from '../../src/platform/brand.js';

const brand = (name: string, color: string): Brand => ({
  name,
  color,
  colorOnDark: lightenedForDark(color),
});

/** The brand of a gateway without settings for it. */
export const DEFAULT_BRAND = brand('Gatehouse', '#1a56db');

/** A brand with everything that can be set. */
export const FJORD = {
  ...brand('Fjord Fibre', '#0b4d2a'),
  logoUrl: 'https://cdn.fjord.example/logo.svg',
  supportUrl: 'https://help.fjord.example/sign-in?from=mail&lang=en',
} satisfies Brand;

/** The settings of that brand. */
export const FJORD_ENV = {
  BRAND_NAME: FJORD.name,
  BRAND_COLOR: FJORD.color,
  BRAND_LOGO_URL: FJORD.logoUrl,
  SUPPORT_URL: FJORD.supportUrl,
};
