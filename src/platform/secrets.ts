import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from './error.js';

const MIN_BYTES = 32;
const PLACEHOLDERS = [
  /change[-_ ]?(me|it|this)|placeholder|example|replace[-_ ]?(me|it|this|with)|your[-_ ]/i,
  /^<.*>$/,
];

/**
 * Checks secrets. A fault never contains the value (ASVS 13.3.1).
 * @param strict also refuses placeholders and values with few different characters
 */
export function secretFaults(
  secrets: Readonly<Record<string, readonly string[]>>,
  strict: boolean,
): string[] {
  const faults: string[] = [];
  const owners = new Map<string, string>();
  for (const [name, values] of Object.entries(secrets)) {
    if (values.length === 0)
      faults.push(
        `${name} must be set to ${MIN_BYTES} random bytes or more, e.g. the output of: openssl rand -base64 48`,
      );
    for (const value of values) {
      if (Buffer.byteLength(value) < MIN_BYTES) faults.push(`${name} must have ${MIN_BYTES} bytes or more`);
      else if (strict && looksLikePlaceholder(value))
        faults.push(`${name} must be random, not a placeholder`);
      const owner = owners.get(value);
      if (owner !== undefined && owner !== name) faults.push(`${name} must differ from ${owner}`);
      owners.set(value, name);
    }
  }
  return faults;
}

function looksLikePlaceholder(value: string): boolean {
  return PLACEHOLDERS.some((placeholder) => placeholder.test(value)) || new Set(value).size < 8;
}

/**
 * A secret for development: generated once and stored in `folder`. If several processes start at once, `link` makes one
 * of them win: it creates the complete file, or fails if the file exists.
 * @throws StartupError if the folder cannot be written
 */
export function developmentSecret(folder: string, name: string): string {
  const file = join(folder, name.toLowerCase());
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    writeFileSync(draft, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError([
      `cannot store generated secrets in ${folder}: ${code}: make the folder writable, or set ${name}`,
    ]);
  }
}
