import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type BreakingChange,
  buildSchema,
  findBreakingChanges,
  isObjectType,
  type ObjectTypeDefinitionNode,
  print,
} from 'graphql';

const root = new URL('../../', import.meta.url);
export const readRepository = (path: string) => readFileSync(new URL(path, root), 'utf8');

export interface Release {
  /** Its version; `baseline` before the first one. */
  readonly release: string;
  /** The SHA-256 of each of its migrations, by tag, in their order. */
  readonly migrations: Readonly<Record<string, string>>;
}

/** The last release, as `tests/released/record.mjs` has recorded it. */
export const lastRelease: Release = JSON.parse(readRepository('tests/released/release.json'));

/** The tags of all migrations, in their order. */
export const migrationTags = (): string[] =>
  JSON.parse(readRepository('drizzle/meta/_journal.json')).entries.map(({ tag }: { tag: string }) => tag);

export const hashOfMigration = (tag: string) =>
  createHash('sha256')
    .update(readRepository(`drizzle/${tag}.sql`))
    .digest('hex');

/** Changes between two versions of a schema that break a client or a router, each with the name that it concerns. */
export function breakingChanges(before: string, after: string): { name: string; description: string }[] {
  const [old, current] = [before, after].map((sdl) => buildSchema(sdl, { assumeValidSDL: true }));
  if (old === undefined || current === undefined) throw new TypeError('two schemas are needed');
  const changes = findBreakingChanges(old, current).map((change) => ({
    name: nameOf(change),
    description: change.description,
  }));
  // A router finds entities by their keys. `findBreakingChanges` does not look at directives.
  const keysOf = (node: ObjectTypeDefinitionNode | null | undefined) =>
    (node?.directives ?? []).filter(({ name }) => name.value === 'key').map((key) => print(key));
  for (const type of Object.values(old.getTypeMap()).filter(isObjectType)) {
    const now = current.getType(type.name);
    const keys = isObjectType(now) ? keysOf(now.astNode) : [];
    for (const key of keysOf(type.astNode))
      if (!keys.includes(key)) changes.push({ name: type.name, description: `${type.name} lost ${key}.` });
  }
  return changes;
}

/** The coordinate that a change log names: `Type`, `Type.field` or `Enum.VALUE`. */
function nameOf({ description }: BreakingChange): string {
  const member =
    /^(?<member>\w+) was removed from enum type (?<type>\w+)/.exec(description) ??
    /^A required field (?<member>\w+) on input type (?<type>\w+)/.exec(description);
  if (member?.groups) return `${member.groups.type}.${member.groups.member}`;
  return /\w+\.\w+/.exec(description)?.[0] ?? /^\w+/.exec(description)?.[0] ?? description;
}

/** Breaking changes that the section of the next release does not name under "Removed" or "Changed — breaking". */
export function unannounced(changes: readonly { name: string; description: string }[], changelog: string) {
  const [, next = ''] = /^## \[Unreleased\]\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(changelog) ?? [];
  const announced = [...next.matchAll(/^### (?:Removed|Changed — breaking)\n(.*?)(?=^### |$(?![\s\S]))/gms)]
    .flatMap(([, text = '']) => [...text.matchAll(/`([^`]+)`/g)])
    .map(([, name]) => name);
  return changes.filter(({ name }) => !announced.includes(name)).map(({ description }) => description);
}
