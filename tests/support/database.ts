import postgres from 'postgres';
import { afterAll } from 'vitest';

const open = new Set<postgres.Sql>();

afterAll(async () => {
  await Promise.all([...open].map((sql) => sql.end({ timeout: 2 })));
  open.clear();
});

/** A client onto a gateway's Postgres, for invariants by SQL; closed at the end of the file. */
export function openDatabase(gateway: { database: string }): postgres.Sql {
  const sql = postgres(gateway.database, { max: 2, onnotice: () => {} });
  open.add(sql);
  return sql;
}
