/** How the platform presents itself to the people who use it, in mails and on pages. */
export interface Brand {
  readonly name: string;
  /** `#rrggbb` in lower case. White text on it has a contrast of at least `MIN_CONTRAST`. */
  readonly color: string;
  /** `color`, lightened until it can be read on `DARK_SURFACE`. */
  readonly colorOnDark: string;
  /** An image for pages. Mails fetch nothing. */
  readonly logoUrl?: string;
  /** Where people find help: a page, or a `mailto:` address. */
  readonly supportUrl?: string;
}

/** The background of pages in dark mode. */
export const DARK_SURFACE = '#16181d';
/** WCAG 2.2, success criterion 1.4.3: text of normal size. */
export const MIN_CONTRAST = 4.5;

const WHITE = '#ffffff';
const LIGHTENING_STEPS = 100;

/** The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** Whether white text on the colour can be read. */
export function carriesWhiteText(color: string): boolean {
  return contrast(color, WHITE) >= MIN_CONTRAST;
}

/** The colour mixed with as little white as makes it readable on `DARK_SURFACE`. */
export function lightenedForDark(color: string): string {
  for (let step = 0; step < LIGHTENING_STEPS; step++) {
    const mixed = mixedWithWhite(color, step / LIGHTENING_STEPS);
    if (contrast(mixed, DARK_SURFACE) >= MIN_CONTRAST) return mixed;
  }
  return WHITE;
}

/** The relative luminance, from 0 for black to 1 for white (WCAG 2.2, "relative luminance", of sRGB). */
function luminance(color: string): number {
  const [red, green, blue] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixedWithWhite(color: string, share: number): string {
  const mixed = channels(color).map((value) => Math.round(value + (255 - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Red, green and blue of `#rrggbb`, from 0 to 255. */
function channels(color: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}
