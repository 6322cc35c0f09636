import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { MIGRATIONS_FOLDER } from './migrations-folder.js';

/**
 * The content of the template depends on the versions of these packages. So `package.json` names exact versions:
 * otherwise their next release would make the template of each published package useless.
 */
export const TEMPLATE_PACKAGES = ['@electric-sql/pglite', 'pg-boss'];
const DIGEST_BYTES = 32;
/** By default, the output would be in thousands of parts of 16 KB. */
const CHUNK_BYTES = 1024 * 1024;

interface Entry {
  readonly path: string;
  /** In bytes; undefined for a folder. */
  readonly size?: number;
  /** Where its content begins. Equal files share one. */
  readonly start?: number;
  /** The length of the content without the zero bytes at its end. */
  readonly length?: number;
}

/**
 * The file with the template: a new, migrated database folder, made by the build, because PGlite needs seconds to make
 * one. Its name changes with the migrations and the packages, so a template that does not fit is not found.
 */
export function templateFile(): string {
  const hash = createHash('sha256');
  for (const name of TEMPLATE_PACKAGES) hash.update(`${name} ${versionOf(name)}\n`);
  for (const name of readdirSync(MIGRATIONS_FOLDER).toSorted()) {
    if (name.endsWith('.sql')) hash.update(`${name}\n`).update(readFileSync(join(MIGRATIONS_FOLDER, name)));
  }
  const state = hash.digest('hex').slice(0, 16);
  return fileURLToPath(new URL(`../../database-template-${state}.br`, import.meta.url));
}

/**
 * Reads a template. {@link writeFolder} writes it.
 * @throws Error if the file is missing, cannot be read, or is damaged
 */
export async function readTemplate(file: string): Promise<Buffer> {
  const content = await readFile(file);
  const compressed = content.subarray(DIGEST_BYTES);
  if (!sha256(compressed).equals(content.subarray(0, DIGEST_BYTES))) throw new Error(`${file} is damaged`);
  return promisify(brotliDecompress)(compressed, { chunkSize: CHUNK_BYTES });
}

/** Writes the files of a template into an empty folder. */
export function writeFolder(template: Buffer, folder: string): void {
  const end = template.indexOf('\n');
  const contents = template.subarray(end + 1);
  for (const { path, size, start = 0, length = 0 } of JSON.parse(
    template.toString('utf8', 0, end),
  ) as Entry[]) {
    const target = join(folder, path);
    if (size === undefined) {
      mkdirSync(target, { mode: 0o700 });
      continue;
    }
    writeFileSync(target, contents.subarray(start, start + length), { mode: 0o600 });
    if (length < size) truncateSync(target, size);
  }
}

/** The content of a template file: a line that lists the entries, then the content of the files, compressed. */
export async function packFolder(folder: string): Promise<Buffer> {
  const contents = new Contents();
  const entries: Entry[] = [];
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (statSync(join(folder, path)).isDirectory()) entries.push({ path });
    else entries.push({ path, ...contents.add(readFileSync(join(folder, path))) });
  }
  const packed = Buffer.concat([Buffer.from(`${JSON.stringify(entries)}\n`), ...contents.parts]);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const compressed = await promisify(brotliCompress)(packed, { params });
  return Buffer.concat([sha256(compressed), compressed]);
}

/** The three databases of a new folder have mostly the same files, and the write-ahead log is mostly zero bytes. */
class Contents {
  readonly parts: Buffer[] = [];
  readonly #starts = new Map<string, number>();
  #size = 0;

  add(content: Buffer): Required<Omit<Entry, 'path'>> {
    const length = content.findLastIndex((byte) => byte !== 0) + 1;
    const part = content.subarray(0, length);
    const digest = sha256(part).toString('hex');
    const start = this.#starts.get(digest) ?? this.#size;
    if (start === this.#size) {
      this.#starts.set(digest, start);
      this.parts.push(part);
      this.#size += length;
    }
    return { size: content.length, start, length };
  }
}

const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

/** The installed version of a package. Not every package exports its `package.json`. */
function versionOf(name: string): string {
  const entry = fileURLToPath(import.meta.resolve(name));
  const folder = entry.slice(0, entry.lastIndexOf(join(name)) + name.length);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}
