import { distance } from 'fastest-levenshtein';

/** A name may differ from a setting by one letter in five. */
const LETTERS_PER_ERROR = 5;

/**
 * The setting that an unknown variable is probably meant to be: one with letters mistyped (`JWT_SECERT_KEY`), one cut
 * short (`JWT_SECRET`), or one with letters added (`SMTP_USERNAME`).
 */
export function similarSetting(name: string, settings: readonly string[]): string | undefined {
  if (!/^[A-Z][A-Z0-9_]{5,}$/.test(name) || settings.includes(name)) return undefined;
  // Short names without an underscore, such as PORT, are too close to variables of other programs.
  const compound = settings.filter((setting) => setting.includes('_'));
  const [nearest] = compound
    .map((setting) => ({ setting, errors: distance(name, setting) }))
    .filter(({ setting, errors }) => errors <= Math.ceil(setting.length / LETTERS_PER_ERROR))
    .sort((a, b) => a.errors - b.errors);
  return (
    nearest?.setting ?? compound.find((setting) => isCutShort(name, setting) || isExtended(name, setting))
  );
}

const isCutShort = (name: string, setting: string) => name.includes('_') && setting.startsWith(name);

const isExtended = (name: string, setting: string) =>
  name.startsWith(setting) && /^[A-Z]{1,4}$/.test(name.slice(setting.length));
