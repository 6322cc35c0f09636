import type postgres from 'postgres';
import { expect, it } from 'vitest';
import { as, castOf } from '../../support/cast.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { describeOnPostgres } from '../../support/in-process.js';

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on User { id username } }
}`;

describeOnPostgres('the database cost of _entities', ({ start }) => {
  it('reads 10,000 users in 100 requests with 100 statements', async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    await sql`create extension pg_stat_statements`;
    const cast = await castOf(gateway);
    const people = await sql<{ id: string; username: string }[]>`
      insert into users (username, email, search_text, email_verified)
      select 'many-' || n, 'many-' || n || '@example.com', 'many-' || n, true from generate_series(1, 10000) n
      returning id, username`;

    const before = await readsOfUsers(sql);
    for (let at = 0; at < people.length; at += 100) {
      const page = people.slice(at, at + 100);
      const variables = { representations: page.map(({ id }) => ({ __typename: 'User', id })) };
      const data = expectData(await gateway.client.runRaw(ENTITIES, variables, as(cast, 'other')));
      expect(data).toEqual({ _entities: page.map((one) => ({ __typename: 'User', ...one })) });
    }
    expect((await readsOfUsers(sql)) - before).toBe(100);
  });
});

/** The number of statements that read users, without the session check of the caller. */
async function readsOfUsers(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`select coalesce(sum(calls), 0)::int as calls
    from pg_stat_statements join pg_database on pg_database.oid = dbid and datname = current_database()
    where query ilike '%"users"%' and query not ilike '%"sessions"%'`;
  return row?.calls;
}
