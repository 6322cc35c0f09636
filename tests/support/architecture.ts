import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { parseSync, Visitor } from 'vite';

export type Rule =
  | 'unlisted-path'
  | 'import-order'
  | 'deep-import'
  | 'sql-outside-store'
  | 'graphql-outside-resolver'
  | 'http-outside-route'
  | 'circular-import'
  | 'unchecked-import'
  | 'file-length';

/** Folders and files at the same height. They do not import each other. */
export interface Layer {
  /** Each is a folder without its subfolders, or a file. */
  readonly paths: readonly string[];
  /** The lower paths that this layer may import. By default all of them. */
  readonly imports?: readonly string[];
  /**
   * Whether the paths are feature folders. These use GraphQL only in certain files, and are imported by `index.ts`
   * only.
   */
  readonly isFeature?: boolean;
}

export interface Violation {
  readonly rule: Rule;
  readonly file: string;
  /** The imported file or package; the other files of a cycle; otherwise empty. */
  readonly target: string;
}

/** Contents by path. Paths are relative to the repository and use `/`. */
export type Sources = Readonly<Record<string, string>>;

interface Import {
  readonly file: string;
  /** The path of a source file, or the name of a package. */
  readonly target: string;
  readonly isReexport: boolean;
}

interface Place {
  readonly layer: Layer;
  readonly height: number;
  readonly path: string;
}

export const MAX_LINES = 250;

const SOURCE = /\.[cm]?[jt]sx?$/;
const TABLE = /\.table\.ts$/;
const SQL_FILE = /\.(store|table)\.ts$/;
const GRAPHQL_FILE = /\.(resolver|type|input|reference)\.ts$/;
const SQL_PACKAGE = /^drizzle-orm(\/|$)/;
const HTTP_FILE = /\.route\.ts$/;
const HTTP_PACKAGE = /^(fastify|@fastify\/.+)$/;
const GRAPHQL_PACKAGE = /^(type-graphql|graphql)(\/|$)/;
const PLATFORM = 'src/platform';
const GRAPHQL = 'src/graphql';

export function readSources(root: string, folders: readonly string[]): Sources {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** Every violation of the rules, at most once for each rule, file and target. */
export function checkArchitecture(sources: Sources, order: readonly Layer[]): Violation[] {
  const found = new Map<string, Violation>();
  const report = (rule: Rule, file: string, target = '') =>
    found.set(`${rule} ${file} ${target}`, { rule, file, target });

  const files = Object.keys(sources).sort();
  for (const file of files) {
    if (placeOf(file, order) === undefined) report('unlisted-path', file);
    // Nobody reads or edits what a tool generates.
    const isGenerated = file.includes('/generated/');
    if (!isGenerated && countLines(sources[file] as string) > MAX_LINES) report('file-length', file);
  }

  const imports = files.filter((file) => SOURCE.test(file)).flatMap((file) => importsOf(file, sources));
  for (const one of imports) {
    for (const rule of rulesBroken(one, sources, order)) report(rule, one.file, one.target);
  }
  for (const circle of circlesIn(imports)) {
    report('circular-import', circle[0] as string, circle.slice(1).join(' '));
  }
  return [...found.values()];
}

function placeOf(file: string, order: readonly Layer[]): Place | undefined {
  const path = order.some(({ paths }) => paths.includes(file)) ? file : posix.dirname(file);
  const height = order.findIndex(({ paths }) => paths.includes(path));
  const layer = order[height];
  return layer && { layer, height, path };
}

function countLines(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

function rulesBroken(
  { file, target, isReexport }: Import,
  sources: Sources,
  order: readonly Layer[],
): Rule[] {
  const from = placeOf(file, order);
  const to = placeOf(target, order);
  const broken: Rule[] = [];
  if (target === '' || (isPath(target) && sources[target] === undefined)) broken.push('unchecked-import');
  if (from && to && !mayImport(from, to)) broken.push('import-order');
  if (to && from?.path !== to.path && bypassesIndex(file, target, to, sources)) broken.push('deep-import');
  if (SQL_PACKAGE.test(target) || TABLE.test(target)) {
    const knowsSql = SQL_FILE.test(file) || from?.path === PLATFORM;
    // A store that re-exports a table or an operator would make it available everywhere.
    if (!knowsSql || isReexport) broken.push('sql-outside-store');
  }
  const isGraphqlFile = GRAPHQL_FILE.test(file) || from?.path === GRAPHQL;
  const isUseCase = from?.layer.isFeature && posix.basename(file) !== 'index.ts';
  if (!isGraphqlFile && (GRAPHQL_PACKAGE.test(target) || (isUseCase && to?.path === GRAPHQL))) {
    broken.push('graphql-outside-resolver');
  }
  if (from?.layer.isFeature && HTTP_PACKAGE.test(target) && !HTTP_FILE.test(file)) {
    broken.push('http-outside-route');
  }
  return broken;
}

function mayImport(from: Place, to: Place): boolean {
  if (from.path === to.path) return true;
  return to.height < from.height && (from.layer.imports?.includes(to.path) ?? true);
}

/** Whether an import bypasses the `index.ts` of the imported folder. A table may import a table, for a foreign key. */
function bypassesIndex(file: string, target: string, to: Place, sources: Sources): boolean {
  const index = posix.join(to.path, 'index.ts');
  if (target === to.path || target === index) return false;
  if (TABLE.test(file) && TABLE.test(target)) return false;
  return to.layer.isFeature === true || sources[index] !== undefined;
}

function isPath(target: string): boolean {
  return /^(src|emails)\//.test(target) || /^[./#]|^(file|data):/.test(target);
}

interface Specifier {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly cooked: string | null } }[];
}

/** The imports of a file: static, type-only, dynamic, re-exports, `require`, and `new URL` of a module. */
function importsOf(file: string, sources: Sources): Import[] {
  const { program, errors } = parseSync(file, sources[file] as string);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const imports: Import[] = [];
  const note = (specifier: Specifier | null | undefined, isReexport = false) => {
    if (!specifier) return;
    const name = textOf(specifier);
    imports.push({ file, target: name === undefined ? '' : resolve(file, name, sources), isReexport });
  };
  const reexport = ({ source }: { source: Specifier | null }) => note(source, true);
  new Visitor({
    ImportDeclaration: ({ source }) => note(source),
    ExportNamedDeclaration: reexport,
    ExportAllDeclaration: reexport,
    ImportExpression: ({ source }) => note(source as Specifier),
    TSImportType: ({ source }) => note(source),
    TSExternalModuleReference: ({ expression }) => note(expression),
    CallExpression({ callee, arguments: args }) {
      if (callee.type === 'Identifier' && callee.name === 'require') note(args[0] as Specifier);
    },
    NewExpression({ callee, arguments: args }) {
      if (callee.type !== 'Identifier' || callee.name !== 'URL') return;
      const name = args[0] && textOf(args[0] as Specifier);
      if (name?.startsWith('.') && SOURCE.test(name)) note(args[0] as Specifier);
    },
  }).visit(program);
  return imports;
}

function textOf({ type, value, quasis }: Specifier): string | undefined {
  if (type === 'Literal' && typeof value === 'string') return value;
  if (type === 'TemplateLiteral' && quasis?.length === 1) return quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

/** The path of an imported file. Names of packages and of other files do not change. */
function resolve(file: string, name: string, sources: Sources): string {
  if (!/^\.\.?\//.test(name)) return name;
  const path = posix.join(dirname(file), name);
  const stem = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  return [stem, `${stem}x`, path].find((one) => sources[one] !== undefined) ?? `./${path}`;
}

/** The import cycles, each as its files in alphabetical order. */
function circlesIn(imports: readonly Import[]): string[][] {
  const targets = new Map<string, Set<string>>();
  for (const { file, target } of imports) {
    targets.set(file, (targets.get(file) ?? new Set()).add(target));
  }
  const reached = new Map([...targets.keys()].map((file) => [file, reachableFrom(file, targets)]));
  const circles = new Map<string, string[]>();
  for (const [file, others] of reached) {
    if (!others.has(file)) continue;
    const circle = [...others].filter((other) => reached.get(other)?.has(file)).sort();
    circles.set(circle.join(' '), circle);
  }
  return [...circles.values()];
}

function reachableFrom(file: string, targets: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of targets.get(next) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      open.push(target);
    }
  }
  return reached;
}
