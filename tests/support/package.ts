import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freshFolder } from './gateway.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const execute = promisify(execFile);

/** The variables that npm needs, without those that would configure the gateway or npm's scripts. */
export const npmEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(PATH|HOME|TMPDIR|npm_config_.*|HTTPS?_PROXY)$/i.test(name),
    ),
  );

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface PackedPackage {
  /** The path of the tarball. */
  readonly tarball: string;
  /** The folder into which it was unpacked. */
  readonly folder: string;
  /** The paths of its files. */
  readonly files: readonly string[];
  readonly manifest: Manifest;
  readonly size: number;
  readonly unpackedSize: number;
  read(path: string): string;
}

/** The package as `npm publish` would send it, of the present build. */
export async function packPackage(): Promise<PackedPackage> {
  const folder = await freshFolder();
  // Without scripts: they would build again, below other tests.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await execute('npm', args, { cwd: root, maxBuffer: 10 * 1024 * 1024 });
  const [{ filename, size, unpackedSize }] = JSON.parse(stdout);
  const tarball = join(folder, filename);
  await execute('tar', ['-xzf', tarball, '-C', folder]);
  const unpacked = join(folder, 'package');
  const read = (path: string) => readFileSync(join(unpacked, path), 'utf8');
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1));
  return {
    tarball,
    folder: unpacked,
    files,
    manifest: JSON.parse(read('package.json')),
    size,
    unpackedSize,
    read,
  };
}

/** The names by which programs import the modules that the package exports. */
export function importedNames({ name, exports }: Manifest): string[] {
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string' && !/\.[cm]?js$/.test(target) ? [] : [path.replace('.', name)],
  );
}

/** The files to which the exports lead. */
export const exportedFiles = ({ exports }: Manifest): string[] =>
  Object.values(exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((file) => file.replace(/^\.\//, ''));
