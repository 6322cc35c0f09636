import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execute, root } from './package.js';

interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string | undefined;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of the Dockerfile. */
function stagesOf(dockerfile: string): Stage[] {
  const lines = dockerfile
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line.trim()))
    .filter((match) => match !== null)
    .map(([, keyword = '', text = '']) => ({ keyword, text }));
  return lines.flatMap(({ keyword, text }, index) => {
    if (keyword !== 'FROM') return [];
    const [base = '', , name] = text.split(/\s+/);
    const rest = lines.slice(index + 1);
    const next = rest.findIndex((line) => line.keyword === 'FROM');
    return [{ name, base, instructions: next < 0 ? rest : rest.slice(0, next) }];
  });
}

export const readDockerfile = (): Stage[] => stagesOf(readFileSync(join(root, 'Dockerfile'), 'utf8'));

/** The texts of all instructions of a stage with this keyword. */
export const textsOf = ({ instructions }: Stage, keyword: string): string[] =>
  instructions.filter((instruction) => instruction.keyword === keyword).map(({ text }) => text);

/** The program of an instruction in exec form. A shell form is an error. */
export function programOf(stage: Stage, keyword: string): string[] {
  const [text = ''] = textsOf(stage, keyword);
  return JSON.parse(text.slice(text.indexOf('[')));
}

/** The names that the build may read: `.dockerignore` excludes everything, with exceptions. */
export function contextNames(): string[] {
  const [all, ...exceptions] = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (all !== '*' || exceptions.some((line) => !/^![\w.-]+$/.test(line)))
    throw new Error('.dockerignore must exclude everything but single names');
  return exceptions.map((line) => line.slice(1));
}

export interface Image {
  /** The working directory of its process. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Does in `folder` what the Dockerfile does in an image, without a container: each stage has a subfolder as its root,
 * and its commands run there. So they may not name absolute paths. They run with the Node.js of this machine, whatever
 * version the Dockerfile names: the run of the other tests with that version shows what differs.
 */
export async function buildImage(folder: string, env: NodeJS.ProcessEnv): Promise<Image> {
  const roots: Record<string, string> = {};
  let image: Image = { folder, env: {} };
  for (const [index, stage] of readDockerfile().entries()) {
    const stageRoot = join(folder, String(index));
    roots[stage.name ?? ''] = stageRoot;
    image = await runStage(stage, stageRoot, roots, env);
  }
  return image;
}

async function runStage(
  stage: Stage,
  stageRoot: string,
  roots: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Promise<Image> {
  const set: Record<string, string> = {};
  let cwd = stageRoot;
  for (const { keyword, text } of stage.instructions) {
    if (keyword === 'WORKDIR') {
      cwd = join(stageRoot, text);
      mkdirSync(cwd, { recursive: true });
    } else if (keyword === 'COPY') copy(text, cwd, roots);
    else if (keyword === 'ENV') {
      for (const [, name = '', value = ''] of text.matchAll(/(\w+)=(\S+)/g)) set[name] = value;
    } else if (keyword === 'RUN') {
      await execute('sh', ['-ec', text], { cwd, env: { ...env, ...set }, maxBuffer: 64 * 1024 * 1024 });
    }
  }
  return { folder: cwd, env: set };
}

/** Copies files into a folder, and the content of folders, as COPY does. */
function copy(text: string, cwd: string, roots: Readonly<Record<string, string>>): void {
  const [, from, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
  const sources = paths.split(/\s+/);
  const target = join(cwd, sources.pop() ?? '.');
  const options = { recursive: true, verbatimSymlinks: true };
  if (from === undefined) {
    for (const name of contextNames())
      if (sources.includes('.') || sources.includes(name))
        cpSync(join(root, name), join(target, name), options);
    return;
  }
  for (const source of sources.flatMap((path) => expand(join(roots[from] ?? '', path)))) {
    const isFolder = readdirSync(dirname(source), { withFileTypes: true }).some(
      (entry) => entry.name === basename(source) && entry.isDirectory(),
    );
    cpSync(source, isFolder ? target : join(target, basename(source)), options);
  }
}

/** The paths that match a pattern with "*" in its last part. */
function expand(path: string): string[] {
  const [start = '', end] = basename(path).split('*');
  if (end === undefined) return [path];
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .map((name) => join(dirname(path), name));
}
