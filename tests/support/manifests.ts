import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import type * as ConfigModule from '../../src/config.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = new URL('../../dist/src/config.js', import.meta.url).href;
const { ConfigurationError, parseConfig, VARIABLE_NAMES } = (await import(built)) as typeof ConfigModule;

// biome-ignore lint/suspicious/noExplicitAny: the tests read any part of a manifest.
export type Manifest = any;

export { VARIABLE_NAMES };

/** How long a gateway needs after SHUTDOWN_NOTICE_SECONDS at most (docs/operations.md). */
export const STOP_SECONDS = 30;

/** The text of a file of the repository. */
export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A YAML file of the repository. */
export const yamlOf = (path: string): Manifest => parse(textOf(path), { merge: true });

/** All resources of `docs/kubernetes`. */
export const kubernetesResources = (): Manifest[] =>
  readdirSync(join(root, 'docs/kubernetes')).flatMap((name) =>
    parseAllDocuments(textOf(join('docs/kubernetes', name))).map((document) => {
      if (document.errors.length > 0) throw new Error(`${name}: ${document.errors}`);
      return document.toJS();
    }),
  );

/** The blocks of a language in a page of the documentation. */
export const blocksOf = (page: string, language: string): string[] =>
  [...textOf(page).matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\\n *\`\`\``, 'gs'))].map(
    ([, block = '']) => block,
  );

/** A value of `compose.yaml` as Compose passes it on, with the variables of `.env`. */
export const interpolate = (value: unknown, variables: Record<string, string | undefined>) =>
  String(value).replace(
    /\$\{(\w+)(?::(-|\?)([^}]*))?\}/g,
    (_all, name, operator, word) => variables[name] || (operator === '-' ? word : ''),
  );

/** What the gateway says about an environment in production. */
export function productionFaults(environment: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig({ ...environment, NODE_ENV: 'production' }, () => '');
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}
