import { describe, expect, it } from 'vitest';
import { EXCEPTIONS } from '../released/exceptions.js';
import { statementsOf, unsafeStatements } from '../support/migration-rules.js';
import {
  breakingChanges,
  hashOfMigration,
  lastRelease,
  migrationTags,
  readRepository,
  unannounced,
} from '../support/releases.js';

const changelog = readRepository('CHANGELOG.md');

describe('the schema since the last release', () => {
  for (const name of ['schema.graphql', 'api.graphql']) {
    it(`${name} breaks nothing that CHANGELOG.md does not announce`, () => {
      const changes = breakingChanges(
        readRepository(`tests/released/${name}`),
        readRepository(`schema/${name}`),
      );
      expect(unannounced(changes, changelog)).toEqual([]);
    });
  }

  const sdl = readRepository('tests/released/schema.graphql');
  const broken = (from: string | RegExp, to: string) => {
    const changed = sdl.replace(from, to);
    expect(changed).not.toBe(sdl);
    return breakingChanges(sdl, changed).map(({ name }) => name);
  };

  it('would be reported with a field, an argument, a value or a key less', () => {
    expect(broken(/^ {2}displayName: .*$/m, '  nameOnDisplay: String')).toContain('User.displayName');
    expect(broken(/^(type User\b.*?)@key\(fields: "id"\)/m, '$1')).toEqual(['User']);
    expect(broken(/^ {2}ADMIN\b.*$/m, '  OWNER')).toEqual(['Role.ADMIN']);
    expect(broken(/^ {2}username: String!$/m, '  username: String')).not.toEqual([]);
  });

  it('is announced by its name under "Removed" or "Changed — breaking" of the next release only', () => {
    const changes = [{ name: 'User.email', description: 'User.email was removed.' }];
    const log = (section: string, after = '') => `# Changelog\n\n## [Unreleased]\n\n${section}\n${after}`;
    expect(unannounced(changes, log('### Removed\n\n- `User.email`.'))).toEqual([]);
    expect(
      unannounced(changes, log('### Added\n\n- x\n\n### Changed — breaking\n\n- `User.email`.')),
    ).toEqual([]);
    for (const silent of [
      log('### Changed\n\n- `User.email`.'),
      log('### Removed\n\n- `User.emails`.'),
      log('### Added\n\n- x', '\n## [0.1.0]\n\n### Removed\n\n- `User.email`.'),
    ])
      expect(unannounced(changes, silent)).toEqual(['User.email was removed.']);
  });
});

describe('the migrations since the last release', () => {
  const tags = migrationTags();
  const released = Object.keys(lastRelease.migrations);
  const since = tags.slice(released.length);

  it('follow those of the release, which are unchanged', () => {
    expect(released.length).toBeGreaterThan(14);
    expect(tags.slice(0, released.length)).toEqual(released);
    expect(Object.fromEntries(released.map((tag) => [tag, hashOfMigration(tag)]))).toEqual(
      lastRelease.migrations,
    );
  });

  it('are safe while nodes of the release still run, or name the reason', () => {
    for (const tag of since) {
      const excepted = Object.keys(EXCEPTIONS[tag]?.statements ?? {});
      const unsafe = unsafeStatements(readRepository(`drizzle/${tag}.sql`));
      const unexplained = unsafe.filter(
        ({ statement }) => !excepted.some((begin) => statement.startsWith(begin)),
      );
      expect(unexplained, `${tag}: see tests/released/exceptions.ts`).toEqual([]);
      const unused = excepted.filter((begin) => !unsafe.some(({ statement }) => statement.startsWith(begin)));
      expect(unused, `${tag}: exceptions for nothing`).toEqual([]);
    }
    expect(Object.keys(EXCEPTIONS).filter((tag) => !since.includes(tag))).toEqual([]);
    for (const { statements = {}, promises = {} } of Object.values(EXCEPTIONS))
      for (const reason of [...Object.values(statements), ...Object.values(promises)])
        expect(reason.length).toBeGreaterThan(20);
  });

  const why = (sql: string) => unsafeStatements(sql).map((one) => one.why);

  it.each([
    'CREATE TABLE "x" ("id" uuid PRIMARY KEY); CREATE INDEX "i" ON "x" USING btree ("id"); ALTER TABLE "x" ADD CONSTRAINT "c" CHECK (true)',
    'ALTER TABLE "users" ADD COLUMN "x" text',
    'ALTER TABLE "users" ADD COLUMN "x" integer DEFAULT 0 NOT NULL',
    `ALTER TABLE "users" ADD COLUMN "x" "role" DEFAULT 'CUSTOMER'::role NOT NULL`,
    'ALTER TABLE "users" ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID; ALTER TABLE "users" VALIDATE CONSTRAINT "c"',
    'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE users; END $$',
    '-- DROP TABLE users;\nSET LOCAL lock_timeout = 1',
  ])('may contain %s', (sql) => {
    expect(unsafeStatements(sql)).toEqual([]);
  });

  it.each([
    'DROP TABLE "users"',
    'ALTER TABLE "users" DROP COLUMN "email"',
    'ALTER TABLE "users" RENAME COLUMN "email" TO "address"',
    'ALTER TABLE "users" RENAME TO "people"',
    'ALTER TABLE "users" ADD COLUMN "x" text NOT NULL',
    'ALTER TABLE "users" ADD COLUMN "x" uuid DEFAULT gen_random_uuid()',
    'ALTER TABLE "users" ADD COLUMN "x" uuid REFERENCES "users"("id")',
    'ALTER TABLE "users" ADD COLUMN "x" bigint GENERATED ALWAYS AS IDENTITY',
    'ALTER TABLE "users" ALTER COLUMN "email" SET DATA TYPE varchar(10)',
    'ALTER TABLE "users" ALTER COLUMN "email" SET NOT NULL',
    'ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL',
    'ALTER TABLE "users" ALTER COLUMN "role" DROP DEFAULT',
    'ALTER TABLE "users" ADD CONSTRAINT "c" CHECK ("email" <> \'\')',
    'ALTER TABLE "users" ADD CONSTRAINT "f" FOREIGN KEY ("x") REFERENCES "y"("id")',
    'CREATE INDEX "i" ON "users" USING btree ("email")',
    'CREATE UNIQUE INDEX IF NOT EXISTS "i" ON "users" ("email")',
    'CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f()',
    'CREATE OR REPLACE FUNCTION record_session_end() RETURNS trigger LANGUAGE sql AS $$ SELECT 1 $$',
    `ALTER TYPE "public"."role" ADD VALUE 'OWNER'`,
    'UPDATE "users" SET "email" = lower("email")',
    'LOCK TABLE "users"',
    'ALTER TABLE users ATTACH PARTITION old DEFAULT',
    "DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$",
    'VACUUM FULL users',
    'CREATE TABLE "x" ("id" uuid); DROP TABLE "users"',
  ])('need a reason for %s', (sql) => {
    expect(why(sql)).toHaveLength(1);
  });

  it('would need reasons for what earlier migrations did before there were releases', () => {
    expect(why(readRepository('drizzle/0014_audit_address.sql'))).toEqual([
      'locks the table against writes while it is built',
    ]);
    expect(why(readRepository('drizzle/0006_search-text.sql')).length).toBeGreaterThan(10);
    expect(why(readRepository('drizzle/0010_passkeys.sql'))).toEqual([]);
    const statements = statementsOf(readRepository('drizzle/0005_session-ends-are-recorded.sql'));
    expect(statements).toHaveLength(3);
    expect(why(statements.join(';'))).toHaveLength(2);
  });
});
