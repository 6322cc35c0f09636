import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LEAST_BYTES = 32;
const PLACEHOLDER =
  /change[-_ ]?(me|it|this)|placeholder|example|replace[-_ ]?(me|it|this|with)|your[-_ ]|^<.*>$/i;

/**
 * What is wrong with a set of secrets, one line a fault, never a value (ASVS 13.3.1).
 * @param strict also refuses placeholders and texts of few different characters
 */
export function secretFaults(
  secrets: Readonly<Record<string, readonly string[]>>,
  strict: boolean,
): string[] {
  const faults: string[] = [];
  const owners = new Map<string, string>();
  for (const [name, values] of Object.entries(secrets)) {
    if (values.length === 0) faults.push(`${name} must be set: ${LEAST_BYTES} random bytes or more`);
    for (const value of values) {
      if (Buffer.byteLength(value) < LEAST_BYTES)
        faults.push(`${name} must have ${LEAST_BYTES} bytes or more`);
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
  return PLACEHOLDER.test(value) || new Set(value).size < 8;
}

/**
 * A secret for development, made once into `folder` and read from there afterwards. The `wx` flag decides
 * between processes that start together: one writes, all read the same.
 */
export function developmentSecret(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, name.toLowerCase());
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
