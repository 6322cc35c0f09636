import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  checkArchitecture,
  type Layer,
  MAX_LINES,
  type Rule,
  readSources,
  type Sources,
} from './support/architecture.js';

const WEB = ['src/client', 'src/web/ui', 'src/web/kit'];
const CONSOLE = ['overview', 'people', 'audit'].map((name) => `src/web/console/${name}`);
const generated = (...parts: readonly string[]) => parts.map((part) => `src/web/${part}/generated`);

/**
 * The source folders, lowest first. A file may import from its own folder and from earlier layers. Paths of one layer
 * do not import each other.
 */
const ORDER: readonly Layer[] = [
  { paths: ['src/platform/text.ts'], imports: [] },
  // The rules for new passwords, which the gateway and its pages have in common.
  { paths: ['src/password-rules'], imports: ['src/platform/text.ts'] },
  { paths: ['src/platform'] },
  { paths: ['emails'] },
  { paths: ['src/verifier'], imports: [] },
  { paths: ['src/audit', 'src/mail', 'src/graphql', 'src/telemetry'] },
  { paths: ['src/features/accounts'], isFeature: true },
  { paths: ['src/features/one-time-tokens', 'src/features/lockout'], isFeature: true },
  { paths: ['src/features/access-tokens'], isFeature: true },
  { paths: ['src/features/sessions'], isFeature: true },
  { paths: ['src/features/passwords', 'src/features/session-feed'], isFeature: true },
  { paths: ['src/features/second-factors'], isFeature: true },
  { paths: ['src/features/recovery-codes'], isFeature: true },
  { paths: ['src/features/totp'], isFeature: true },
  { paths: ['src/features/step-up'], isFeature: true },
  {
    paths: ['src/features/registration', 'src/features/profile', 'src/features/sign-in'],
    isFeature: true,
  },
  { paths: ['src/features/passkeys'], isFeature: true },
  { paths: ['src/features/identity-providers'], isFeature: true },
  { paths: ['src/features/administration', 'src/features/statistics'], isFeature: true },
  { paths: ['src/http'], imports: ['src/platform', 'src/platform/text.ts', 'src/graphql'] },
  { paths: ['src/config-names.ts', 'src/config-rate-limits.ts', 'src/config-values.ts'] },
  { paths: ['src/config-brand.ts', 'src/config-identity-providers.ts', 'src/config-telemetry.ts'] },
  { paths: ['src/config-variables.ts'] },
  { paths: ['src/config.ts'] },
  { paths: ['src/infrastructure.ts'] },
  { paths: ['src/features.ts'] },
  { paths: ['src/operator.ts', 'src/start-gateway.ts'] },
  { paths: ['src/gateway.ts'] },
  { paths: ['src/cli'] },
  { paths: ['src/gatehouse.cts'] },
  // Published for front ends: no file of the gateway imports it, or is imported by it.
  { paths: ['src/client/generated'], imports: [] },
  { paths: ['src/client'], imports: ['src/client/generated'] },
  // The pages know the gateway only by its API.
  { paths: ['src/web/ui', ...generated('kit', 'sign-in', 'account', 'console')], imports: [] },
  {
    paths: ['src/web/kit'],
    imports: ['src/client', 'src/client/generated', 'src/password-rules', 'src/web/ui', ...generated('kit')],
  },
  { paths: ['src/web/sign-in'], imports: [...WEB, ...generated('sign-in')] },
  { paths: ['src/web/account'], imports: [...WEB, ...generated('account')] },
  { paths: CONSOLE, imports: [...WEB, ...generated('console')] },
  { paths: ['src/web/console'], imports: [...WEB, ...generated('console'), ...CONSOLE] },
  { paths: ['src/web'], imports: [] },
];

interface Exception {
  readonly rule: Rule;
  readonly file: string;
  readonly targets?: readonly string[];
  readonly reason: string;
}

/** Known violations. An entry that is no longer needed fails the test. */
const EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'deep-import',
    file: 'src/features/administration/user-filter.store.ts',
    targets: ['src/features/accounts/user.table.ts'],
    reason: 'Filters users by their columns. Other features pass conditions.',
  },
  {
    rule: 'deep-import',
    file: 'src/features/administration/user-list.store.ts',
    targets: ['src/features/accounts/user.table.ts'],
    reason: 'Sorts and pages users in the statement that filters them.',
  },
  {
    rule: 'deep-import',
    file: 'src/features/sessions/session.store.ts',
    targets: ['src/features/accounts/user.table.ts'],
    reason: 'A session is valid only if its user is active. Every request checks both in one statement.',
  },
  {
    rule: 'deep-import',
    file: 'src/features/sessions/rotation.store.ts',
    targets: ['src/features/accounts/user.table.ts'],
    reason: 'Rotates a token only if the user is active, and reads the user, in one statement.',
  },
  {
    rule: 'deep-import',
    file: 'src/features/statistics/account-totals.store.ts',
    targets: ['src/features/accounts/user.table.ts', 'src/features/sessions/session.table.ts'],
    reason: 'Counts the rows of both tables. Other features pass conditions.',
  },
  {
    rule: 'deep-import',
    file: 'src/features/one-time-tokens/one-time-token.store.ts',
    targets: ['src/features/accounts/user.table.ts'],
    reason: 'Invalidates the tokens of all registrations for one address in one statement.',
  },
  {
    rule: 'deep-import',
    file: 'src/config-brand.ts',
    targets: ['src/features/accounts/display-name.ts'],
    reason:
      'Faults in the settings are reported before TypeGraphQL is loaded, which accounts/index.ts loads.',
  },
  {
    rule: 'deep-import',
    file: 'src/config-values.ts',
    targets: ['src/features/accounts/email-address.ts', 'src/features/accounts/username.ts'],
    reason:
      'Faults in the settings are reported before TypeGraphQL is loaded, which accounts/index.ts loads.',
  },
  {
    rule: 'deep-import',
    file: 'src/config.ts',
    targets: ['src/features/passkeys/relying-party.ts'],
    reason: 'As for config-values.ts.',
  },
];

const sources = readSources(fileURLToPath(new URL('..', import.meta.url)), ['src', 'emails']);

/** `rule: file -> target`, one string for each violation. */
function check(checked: Sources): string[] {
  return checkArchitecture(checked, ORDER).map(({ rule, file, target }) => line(rule, file, target));
}

function line(rule: Rule, file: string, target = ''): string {
  return target === '' ? `${rule}: ${file}` : `${rule}: ${file} -> ${target}`;
}

describe('the architecture', () => {
  const excepted = EXCEPTIONS.flatMap(({ rule, file, targets }) =>
    (targets ?? ['']).map((target) => line(rule, file, target)),
  );

  it('has only the listed violations, and no exception without a violation', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(200);
    expect(check(sources).sort()).toEqual(excepted.sort());
  });

  it('has a file for every listed path', () => {
    const files = Object.keys(sources);
    const missing = ORDER.flatMap(({ paths }) => paths).filter(
      (path) => !files.some((file) => file === path || file.startsWith(`${path}/`)),
    );
    expect(missing).toEqual([]);
  });
});

interface Planted {
  readonly title: string;
  readonly files: Sources;
  readonly found: readonly string[];
}

const PLANTED: readonly Planted[] = [
  {
    title: 'a store that imports a higher feature',
    files: { 'src/features/accounts/planted.store.ts': `import { Sessions } from '../sessions/index.js';` },
    found: ['import-order: src/features/accounts/planted.store.ts -> src/features/sessions/index.ts'],
  },
  {
    title: "a resolver that imports another feature's table",
    files: {
      'src/features/profile/planted.resolver.ts': `import { sessions } from '../sessions/session.table.js';`,
    },
    found: [
      'deep-import: src/features/profile/planted.resolver.ts -> src/features/sessions/session.table.ts',
      'sql-outside-store: src/features/profile/planted.resolver.ts -> src/features/sessions/session.table.ts',
    ],
  },
  {
    title: 'a deep import of a feature',
    files: {
      'src/features/profile/planted.ts': `import { confirmPassword } from '../passwords/confirm-password.js';`,
    },
    found: ['deep-import: src/features/profile/planted.ts -> src/features/passwords/confirm-password.ts'],
  },
  {
    title: 'a deep import of a folder that is not a feature but has an index.ts',
    files: { 'src/features/profile/planted.ts': `import { templates } from '../../mail/templates.js';` },
    found: ['deep-import: src/features/profile/planted.ts -> src/mail/templates.ts'],
  },
  {
    title: 'a deep import by the gateway',
    files: { 'src/gateway.ts': `import { UserStore } from './features/accounts/user.store.js';` },
    found: ['deep-import: src/gateway.ts -> src/features/accounts/user.store.ts'],
  },
  {
    title: "a store that imports another feature's store",
    files: {
      'src/features/sessions/planted.store.ts': `import { emailIs } from '../accounts/user.store.js';`,
    },
    found: ['deep-import: src/features/sessions/planted.store.ts -> src/features/accounts/user.store.ts'],
  },
  {
    title: 'a cycle of two files by type-only imports',
    files: {
      'src/features/lockout/planted-a.ts': `import type { B } from './planted-b.js'; export type A = B;`,
      'src/features/lockout/planted-b.ts': `import { type A } from './planted-a.js'; export type B = A;`,
    },
    found: ['circular-import: src/features/lockout/planted-a.ts -> src/features/lockout/planted-b.ts'],
  },
  {
    title: 'a cycle of three files by a re-export, a dynamic import and the URL of a worker',
    files: {
      'src/mail/planted-a.ts': `export { b } from './planted-b.js';`,
      'src/mail/planted-b.ts': 'export const b = () => import(`./planted-c.js`);',
      'src/mail/planted-c.ts': `new Worker(new URL('./planted-a.js', import.meta.url));`,
    },
    found: ['circular-import: src/mail/planted-a.ts -> src/mail/planted-b.ts src/mail/planted-c.ts'],
  },
  {
    title: 'a file that imports itself',
    files: { 'src/mail/planted.ts': `import * as self from './planted.js';` },
    found: ['circular-import: src/mail/planted.ts'],
  },
  {
    title: 'a dynamic import against the order',
    files: { 'src/platform/planted.ts': `export const load = () => import('../mail/index.js');` },
    found: ['import-order: src/platform/planted.ts -> src/mail/index.ts'],
  },
  {
    title: 'a re-export of everything against the order',
    files: { 'src/graphql/planted.ts': `export * from '../features/accounts/index.js';` },
    found: ['import-order: src/graphql/planted.ts -> src/features/accounts/index.ts'],
  },
  {
    title: 'a re-export of a type against the order',
    files: { 'src/graphql/planted.ts': `export type { User } from '../features/accounts/index.js';` },
    found: ['import-order: src/graphql/planted.ts -> src/features/accounts/index.ts'],
  },
  {
    title: 'an import without a name against the order',
    files: { 'src/platform/planted.ts': `import '../mail/index.js';` },
    found: ['import-order: src/platform/planted.ts -> src/mail/index.ts'],
  },
  {
    title: 'the type of a module against the order',
    files: { 'src/platform/planted.ts': `export type Mail = typeof import('../mail/index.js');` },
    found: ['import-order: src/platform/planted.ts -> src/mail/index.ts'],
  },
  {
    title: 'a require against the order',
    files: {
      'src/platform/planted.cts': `import mail = require('../mail/index.js'); require('../audit/index.js');`,
    },
    found: [
      'import-order: src/platform/planted.cts -> src/audit/index.ts',
      'import-order: src/platform/planted.cts -> src/mail/index.ts',
    ],
  },
  {
    title: 'a feature that imports a feature of the same layer',
    files: { 'src/features/registration/planted.ts': `import { signIn } from '../sign-in/index.js';` },
    found: ['import-order: src/features/registration/planted.ts -> src/features/sign-in/index.ts'],
  },
  {
    title: 'a feature that imports http',
    files: { 'src/features/sign-in/planted.ts': `import { setCookie } from '../../http/cookies.js';` },
    found: ['import-order: src/features/sign-in/planted.ts -> src/http/cookies.ts'],
  },
  {
    title: 'http that imports a feature',
    files: { 'src/http/planted.ts': `import { Sessions } from '../features/sessions/index.js';` },
    found: ['import-order: src/http/planted.ts -> src/features/sessions/index.ts'],
  },
  {
    title: 'a feature that imports the configuration',
    files: { 'src/features/administration/planted.ts': `import type { Config } from '../../config.js';` },
    found: ['import-order: src/features/administration/planted.ts -> src/config.ts'],
  },
  {
    title: 'a client for front ends that imports the gateway, and the reverse',
    files: {
      'src/client/planted.ts': `import type { AuthErrorCode } from '../platform/error.js';`,
      'src/cli/planted.ts': `import { createAuthClient } from '../client/index.js';`,
    },
    found: [
      'import-order: src/cli/planted.ts -> src/client/index.ts',
      'import-order: src/client/planted.ts -> src/platform/error.ts',
    ],
  },
  {
    title: 'a mail template that imports the gateway',
    files: { 'emails/planted.tsx': `import { Gateway } from '../src/gateway.js';` },
    found: ['import-order: emails/planted.tsx -> src/gateway.ts'],
  },
  {
    title: `a file of ${MAX_LINES + 1} lines`,
    files: { 'src/mail/planted.ts': '// One line.\n'.repeat(MAX_LINES + 1) },
    found: ['file-length: src/mail/planted.ts'],
  },
  {
    title: 'a folder that the order does not list',
    files: { 'src/planted/index.ts': `export const planted = true;` },
    found: ['unlisted-path: src/planted/index.ts'],
  },
  {
    title: 'a file that the order does not list',
    files: { 'src/planted.ts': `export const planted = true;` },
    found: ['unlisted-path: src/planted.ts'],
  },
  {
    title: 'a subfolder of a feature',
    files: { 'src/features/accounts/planted/user.ts': `export const planted = true;` },
    found: ['unlisted-path: src/features/accounts/planted/user.ts'],
  },
  {
    title: 'TypeGraphQL in a use case',
    files: { 'src/features/profile/planted.ts': `import { Field } from 'type-graphql';` },
    found: ['graphql-outside-resolver: src/features/profile/planted.ts -> type-graphql'],
  },
  {
    title: 'TypeGraphQL in http',
    files: { 'src/http/planted.ts': `import type { Field } from 'type-graphql';` },
    found: ['graphql-outside-resolver: src/http/planted.ts -> type-graphql'],
  },
  {
    title: 'the GraphQL context in a use case, and graphql-js in a store',
    files: {
      'src/features/profile/planted.ts': `import type { GatewayContext } from '../../graphql/context.js';`,
      'src/features/profile/planted.store.ts': `import { GraphQLError } from 'graphql';`,
    },
    found: [
      'graphql-outside-resolver: src/features/profile/planted.store.ts -> graphql',
      'graphql-outside-resolver: src/features/profile/planted.ts -> src/graphql/context.ts',
    ],
  },
  {
    title: 'Fastify in a use case, in a store and in a resolver',
    files: {
      'src/features/profile/planted.ts': `import type { FastifyInstance } from 'fastify';`,
      'src/features/profile/planted.store.ts': `import cookie from '@fastify/cookie';`,
      'src/features/profile/planted.resolver.ts': `import type { FastifyReply } from 'fastify';`,
    },
    found: [
      'http-outside-route: src/features/profile/planted.resolver.ts -> fastify',
      'http-outside-route: src/features/profile/planted.store.ts -> @fastify/cookie',
      'http-outside-route: src/features/profile/planted.ts -> fastify',
    ],
  },
  {
    title: "Drizzle's sql in a use case",
    files: { 'src/features/profile/planted.ts': `import { sql } from 'drizzle-orm';` },
    found: ['sql-outside-store: src/features/profile/planted.ts -> drizzle-orm'],
  },
  {
    title: 'a type of Drizzle in a use case, and a dynamic import of Drizzle in the gateway',
    files: {
      'src/features/profile/planted.ts': `import type { PgColumn } from 'drizzle-orm/pg-core';`,
      'src/gateway.ts': `export const load = () => import('drizzle-orm/pglite');`,
    },
    found: [
      'sql-outside-store: src/gateway.ts -> drizzle-orm/pglite',
      'sql-outside-store: src/features/profile/planted.ts -> drizzle-orm/pg-core',
    ],
  },
  {
    title: 'the type of a table in a use case of the same feature',
    files: { 'src/features/accounts/planted.ts': `import type { users } from './user.table.js';` },
    found: ['sql-outside-store: src/features/accounts/planted.ts -> src/features/accounts/user.table.ts'],
  },
  {
    title: 'a table that index.ts exports, and an operator that a platform file exports',
    files: {
      'src/features/accounts/index.ts': `export { users } from './user.table.js';`,
      'src/platform/planted.ts': `export { sql } from 'drizzle-orm';`,
    },
    found: [
      'sql-outside-store: src/features/accounts/index.ts -> src/features/accounts/user.table.ts',
      'sql-outside-store: src/platform/planted.ts -> drizzle-orm',
    ],
  },
  {
    title: 'an import whose name is computed',
    files: { 'src/mail/planted.ts': `export const load = (name: string) => import('./' + name);` },
    found: ['unchecked-import: src/mail/planted.ts'],
  },
  {
    title: 'an import from outside of the sources, and of a file that does not exist',
    files: {
      'src/mail/planted.ts': `import '../../tests/support/wait.js'; import './nothing.js'; import '#planted';`,
    },
    found: [
      'unchecked-import: src/mail/planted.ts -> #planted',
      'unchecked-import: src/mail/planted.ts -> ./src/mail/nothing.js',
      'unchecked-import: src/mail/planted.ts -> ./tests/support/wait.js',
    ],
  },
];

describe('the architecture check', () => {
  const empty = Object.fromEntries(Object.keys(sources).map((file) => [file, '']));
  const before = check(empty);
  const plant = (files: Sources) => check({ ...empty, ...files }).filter((one) => !before.includes(one));

  for (const { title, files, found } of PLANTED) {
    it(`finds ${title}`, () => {
      expect(plant(files).sort()).toEqual([...found].sort());
    });
  }

  it('finds nothing in allowed imports', () => {
    const allowed = {
      'src/features/sessions/planted.table.ts': `import { sql } from 'drizzle-orm';
        import { users } from '../accounts/user.table.js';`,
      'src/features/sessions/planted.store.ts': `import { sql } from 'drizzle-orm';
        import { sessions } from './session.table.js';
        import type { User } from '../accounts/index.js';`,
      'src/features/sessions/planted.resolver.ts': `import { Field } from 'type-graphql';
        import { Auth } from '../../graphql/directives.js';
        import { recordAudit } from '../../audit/index.js';`,
      'src/features/sessions/planted.route.ts': `import type { FastifyInstance } from 'fastify';`,
      'src/features/sessions/index.ts': `import type { Feature } from '../../graphql/feature.js';
        export { authenticate } from './authenticate.js';`,
      'src/mail/planted.ts': `export const load = () => import('../../emails/welcome.js');
        export const text = 'import "../cli/program.js"';`,
      'src/cli/planted.ts': `import { startGateway } from '../gateway.js';
        import { readFileSync } from 'node:fs';
        readFileSync(new URL('../../../package.json', import.meta.url));`,
      'src/platform/planted.ts': '// One line.\n'.repeat(MAX_LINES),
    };
    expect(plant(allowed)).toEqual([]);
  });
});
