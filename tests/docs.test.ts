import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AuthErrorCode } from '../src/platform/error.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const pages = ['.', 'docs', 'docs/adr'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** The ids that GitHub gives to headings. */
const anchorsOf = (page: string) =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('the documentation', () => {
  it('describes each error code in its own chapter', () => {
    const chapters = [...read('docs/errors.md').matchAll(/^### ([A-Z_]+)$/gm)].map(([, code]) => code);
    expect(chapters.toSorted()).toEqual(Object.values(AuthErrorCode).toSorted());
  });

  it('describes each reason of UNAUTHENTICATED', () => {
    const [, type = ''] = /type UnauthenticatedReason = ([^;]+);/.exec(read('src/platform/error.ts')) ?? [];
    const reasons = [...type.matchAll(/'(\w+)'/g)].map(([, reason]) => reason);
    expect(reasons.length).toBeGreaterThan(3);
    const page = read('docs/errors.md');
    for (const reason of reasons) expect(page).toMatch(new RegExp(`^\\| \`${reason}\` +\\|`, 'm'));
  });

  it('names each metric of the gateway', () => {
    const named = sources.flatMap((file) =>
      [...read(join('src', file)).matchAll(/name: '(gatehouse_\w+)'/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(5);
    const documented = [...read('docs/operations.md').matchAll(/^\| `(gatehouse_\w+)`/gm)];
    expect(documented.map(([, name]) => name).toSorted()).toEqual(named.toSorted());
  });

  it('describes exactly the messages that the gateway logs at info or above', () => {
    const [, table = ''] = /^\| level \| message(.*?)\n\n/ms.exec(read('docs/operations.md')) ?? [];
    const documented = [...table.matchAll(/^\| (?:info|warn|error|fatal) +\| (.*?) +\|(.*)\|$/gm)];
    const described = documented.flatMap(([, message = '', meaning = '']) => {
      const follows = /.*`[^`]+` follows/.exec(meaning)?.[0] ?? '';
      return [...`${message} ${follows}`.matchAll(/`([^`]{4,})`/g)].map(([, text]) => text);
    });
    const logged = sources
      .map((file) => read(join('src', file)))
      .flatMap((text) => [
        ...text.matchAll(/\blog(?:\.(?:info|warn|error|fatal)|\[[^\]]+\])\(\s*(?:\{[^}]*\},\s*)?'([^']+)'/g),
        ...text.matchAll(/\.step\('([^']+)'\)/g),
      ])
      .map(([, message]) => message);
    expect(logged.length).toBeGreaterThan(30);
    expect(logged.filter((message) => !described.includes(message))).toEqual([]);
    const text = sources.map((file) => read(join('src', file))).join('\n');
    expect(described.filter((one = '') => !text.includes(one.replace(/ ?…$/, '')))).toEqual([]);
  });

  it('has no broken links', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].flatMap(
        ([link, path, anchor]) => {
          const target = path ? join(dirname(page), path) : page;
          if (!existsSync(join(root, target))) return [`${page}: ${link}`];
          return anchor === undefined || anchorsOf(read(target)).includes(anchor) ? [] : [`${page}: ${link}`];
        },
      ),
    );
    expect(broken).toEqual([]);
  });

  it('names only existing tests', () => {
    const named = [...read('SECURITY.md').matchAll(/`((?:[\w-]+\/)+[\w-]+\.test\.ts)`/g)].map(
      ([, path]) => path,
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(root, 'tests', path ?? '')))).toEqual([]);
  });

  it('has an up-to-date drawing of the imports (run: node docs/architecture.mjs)', () => {
    execFileSync(process.execPath, ['docs/architecture.mjs', '--check'], { cwd: root });
  });
});
