/** Why a kind of statement is not safe while nodes of the last release still run. */
const DANGERS: readonly [pattern: RegExp, why: string][] = [
  [/\bRENAME\b|\bSET SCHEMA\b/i, 'the old release still uses the old name'],
  [/\bDROP NOT NULL\b/i, 'the old release may read a NULL that it does not expect'],
  [/\bDROP DEFAULT\b/i, 'the INSERT of the old release relies on the default'],
  [/\bDROP\b/i, 'the old release may still use it'],
  [/\bADD VALUE\b/i, 'the old release does not know the value if it reads it'],
  [/\bSET NOT NULL\b/i, 'reads the whole table under a lock, and refuses the rows of the old release'],
  [/\bTYPE\b/i, 'rewrites the table under a lock'],
  [/\bADD COLUMN\b/i, 'refuses the INSERT of the old release, or rewrites the table'],
  [/\bADD CONSTRAINT\b/i, 'reads the whole table under a lock, and may refuse rows of the old release'],
  [/\bINDEX\b/i, 'locks the table against writes while it is built'],
  [/^(UPDATE|DELETE|TRUNCATE|LOCK)\b/i, 'locks rows or the table'],
  [/\b(FUNCTION|TRIGGER)\b/i, 'changes what the statements of the old release do'],
];

/** Statements that are safe on tables that the last release uses. */
const SAFE: readonly RegExp[] = [
  /^CREATE (TABLE|TYPE|FUNCTION|SEQUENCE|SCHEMA)\b/i,
  // Nullable, or with a constant default: rewrites no row.
  /^ALTER TABLE \S+ ADD COLUMN (?!.*\b(NOT NULL|REFERENCES|CHECK|UNIQUE|PRIMARY KEY|GENERATED|DEFAULT)\b)/i,
  /^ALTER TABLE \S+ ADD COLUMN (?!.*\b(REFERENCES|CHECK|UNIQUE|PRIMARY KEY|GENERATED)\b).*\bDEFAULT ('[^']*'(::[\w." ]+)?|-?\d+|true|false|now\(\))( NOT NULL)?$/i,
  /^ALTER TABLE \S+ ALTER COLUMN \S+ SET DEFAULT\b/i,
  // Reads no row when it is added. VALIDATE does not block writes.
  /^ALTER TABLE \S+ ADD CONSTRAINT .* NOT VALID$/i,
  /^ALTER TABLE \S+ VALIDATE CONSTRAINT\b/i,
  /^CREATE (UNIQUE )?INDEX CONCURRENTLY\b/i,
  /^(COMMENT ON|SET LOCAL|INSERT INTO|SELECT)\b/i,
];

/**
 * The statements of a migration that are not safe by rule, and why. A node of the last release may still run on the
 * tables. So the rule is a list of what is safe; everything else needs an exception with a reason.
 */
export function unsafeStatements(sql: string): { statement: string; why: string }[] {
  const statements = statementsOf(sql);
  const created = new Set(
    statements.flatMap((one) => nameOf(/^CREATE TABLE (?:IF NOT EXISTS )?(\S+)/i.exec(one)?.[1]) ?? []),
  );
  return statements
    .filter((one) => !SAFE.some((safe) => safe.test(one)) && !created.has(targetOf(one) ?? ''))
    .map((statement) => ({
      statement,
      why:
        DANGERS.find(([danger]) => danger.test(statement))?.[1] ?? 'it is not on the list of safe statements',
    }));
}

/** The table that a statement changes. */
function targetOf(statement: string): string | undefined {
  const [, target] =
    /^(?:ALTER TABLE (?:ONLY )?|UPDATE |DELETE FROM |DROP TABLE )(\S+)/i.exec(statement) ??
    /^CREATE (?:UNIQUE )?(?:INDEX|TRIGGER)\b.*? ON (\S+)/i.exec(statement) ??
    [];
  return nameOf(target);
}

const nameOf = (written: string | undefined) => written?.replaceAll('"', '').replace(/^public\./, '');

/** The statements of a migration, each in one line, without comments. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let current = '';
  const tokens = sql.matchAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|'(?:[^']|'')*'|"[^"]*"|;|[\s\S]/g,
  );
  for (const [token] of tokens) {
    if (/^(--|\/\*)/.test(token)) continue;
    if (token === ';') {
      statements.push(current);
      current = '';
    } else current += token;
  }
  return [...statements, current].map((one) => one.replace(/\s+/g, ' ').trim()).filter((one) => one !== '');
}
