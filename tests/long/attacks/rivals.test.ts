import type postgres from 'postgres';
import { beforeAll, it } from 'vitest';
import { someone } from '../../support/accounts.js';
import { startWithAdmin } from '../../support/administration.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { prepare } from '../../support/prepared.js';
import { resetBy, verifyBy, verifyWithPassword } from '../../support/recovery.js';

/** More than the maximum of parameters in a statement (65,535). */
describeOnPostgres('66,000 rival registrations', ({ start }) => {
  let gateway: Gateway;
  let adminToken: string;
  let sql: postgres.Sql;

  beforeAll(async () => {
    const started = await startWithAdmin(start);
    gateway = started.gateway;
    adminToken = started.admin.token;
    sql = openDatabase(gateway);
  });

  const crowd = async (email: string) => {
    await sql`insert into users (username, email, search_text, pending, expires_at, password_hash)
      select 'r' || substr(md5(${email} || i), 1, 24), ${email}, 'rival', true, now() + interval '7 days', 'none'
      from generate_series(1, 66000) as i`;
    // Otherwise the planner uses statistics of a small table, and each foreign key check may scan the table.
    await sql`analyze users`;
    await sql`insert into one_time_tokens (user_id, purpose, hash, expires_at)
      select id, 'VERIFY_EMAIL', sha256(id::text::bytea), now() + interval '1 day'
      from users where email = ${email} and pending on conflict do nothing`;
  };
  it('does not break verifyEmail', { timeout: 120_000 }, async () => {
    const owner = await prepare(gateway, sql, { pending: true });
    const rival = await prepare(gateway, sql, { pending: true, email: owner.email });
    await crowd(owner.email);
    expectData(await verifyWithPassword(gateway, owner.tokens.VERIFY_EMAIL, owner.password));
    expectCode(await verifyWithPassword(gateway, rival.tokens.VERIFY_EMAIL, rival.password), 'TOKEN_INVALID');
  });

  it('does not break resetPassword, changeEmail, updateUser, createUser and deactivateUser', {
    timeout: 120_000,
  }, async () => {
    const crowded = async () => {
      const { email } = someone();
      await crowd(email);
      return email;
    };
    const reset = await prepare(gateway, sql, { pending: true, email: await crowded() });
    expectData(await resetBy(gateway, reset.tokens.RESET_PASSWORD));
    const change = await prepare(gateway, sql);
    await sql`update one_time_tokens set payload = ${sql.json({ email: await crowded() })}
      where user_id = ${change.id} and purpose = 'CHANGE_EMAIL'`;
    expectData(await verifyBy(gateway, change.tokens.CHANGE_EMAIL));
    const run = async (query: string, variables: object) =>
      expectData(await gateway.client.runRaw(query, variables, { token: adminToken }));
    await run(
      'mutation ($id: ID!, $email: String!) { updateUser(id: $id, input: { email: $email }) { id } }',
      {
        id: change.id,
        email: await crowded(),
      },
    );
    await run('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
      input: { username: someone().username, email: await crowded() },
    });
    await run('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', { id: change.id });
  });
});
