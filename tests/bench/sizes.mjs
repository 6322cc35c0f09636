/**
 * Measures what docs/scale.md computes with: bytes for each row, and CPU time, statements and WAL for each operation.
 *
 *   npm run --silent build && node tests/bench/sizes.mjs postgres://postgres@127.0.0.1:5432/empty [users]
 *
 * The database must be empty, on a server of its own (Postgres 14 or later, on this machine) that preloads pg_stat_statements:
 * WAL and CPU time are those of the whole server. One request runs at a time. Other work on the machine makes CPU times longer.
 */
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

const [, , url = '', users = '100000'] = process.argv;
const built = (path) => import(new URL(`../../dist/src/${path}`, import.meta.url).href);
const env = {
  DATABASE_URL: url,
  LOG_LEVEL: 'silent',
  RATE_LIMIT_ENABLED: 'false',
  // Each refresh rotates, as those of clients do after minutes.
  REFRESH_GRACE_SECONDS: '0',
  JWT_SECRET_KEY: 'a'.repeat(40),
  JWT_REFRESH_SECRET_KEY: 'b'.repeat(40),
  ENCRYPTION_KEY: 'c'.repeat(40),
};
const sql = postgres(url, { max: 1, onnotice: () => {} });
const run = (...args) =>
  execFileSync(process.execPath, ['dist/src/gatehouse.cjs', ...args], {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });

console.log(
  `${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')}`,
);
run('migrate');
run('seed', '--users', users);
await sql`create extension if not exists pg_stat_statements`;
await sql`set max_parallel_workers_per_gather = 0`;

console.log('\nbytes for each row, with its indexes');
const fill = {
  users: '',
  sessions: `insert into sessions (user_id, remembered, amr, ip_address, user_agent, expires_at)
    select id, true, '{pwd}', '203.0.113.7', repeat('Mozilla/5.0 ', 10), now() + interval '30 days'
    from users, generate_series(1, 3)`,
  audit_events: `insert into audit_events (type, actor_id, subject_id, ip_address, user_agent)
    select 'LOGIN_SUCCEEDED', id, id, '203.0.113.7', repeat('Mozilla/5.0 ', 10) from users, generate_series(1, 5)`,
  audit_seals: `insert into audit_seals (event_id, seal, sealed_at)
    select id, sha256(id::text::bytea), now() from audit_events`,
  session_ends: `insert into session_ends (session_id, user_id, reason) select id, user_id, 'LOGGED_OUT' from sessions`,
  known_devices: `insert into known_devices (user_id, device_hash) select id, sha256(id::text::bytea) from users`,
  failure_counters: `insert into failure_counters (key, failures)
    select 'identifier:' || encode(sha256(id::text::bytea), 'base64'), 1 from users`,
  one_time_tokens: `insert into one_time_tokens (user_id, purpose, hash, expires_at)
    select id, 'RESET_PASSWORD', sha256(id::text::bytea), now() + interval '1 hour' from users`,
};
// As long as a hash of the gateway.
await sql.unsafe(`update users set password_hash = 'hs384:-:' || repeat('x', 60)`);
for (const [table, text] of Object.entries(fill)) {
  if (text !== '') await sql.unsafe(text);
  await sql.unsafe(`vacuum (full, analyze) ${table}`);
  // The rows of a partitioned table are in its partitions.
  const [row] =
    await sql.unsafe(`select (select count(*)::int from ${table}) as rows, sum(pg_table_size(relid)) as heap,
    sum(pg_total_relation_size(relid)) as total
    from (select relid from pg_partition_tree('${table}') union select '${table}'::regclass) as parts`);
  const each = (bytes) => Math.round(Number(bytes) / row.rows);
  console.log(
    `${table.padEnd(18)} ${String(row.rows).padStart(8)} rows  ${each(row.heap)} + ${each(row.total) - each(row.heap)} = ${each(row.total)} bytes`,
  );
}
await sql`truncate one_time_tokens, session_ends, failure_counters`;

const { parseConfig } = await built('config.js');
const { assemble } = await built('gateway.js');
const { createLog } = await built('platform/log.js');
const { PasswordHashing } = await built('features/passwords/hashing.js');
const { HashingQueue } = await built('features/passwords/hashing-queue.js');
const hashing = new PasswordHashing({ bcryptCost: 12, peppers: [] }, new HashingQueue());
const PASSWORD = 'a quite Right phrase 12';
const stored = await hashing.hash(PASSWORD);
await sql`update users set password_hash = ${stored}, is_active = true, email_verified = true
  where id in (select id from users where role = 'ADMIN' and not exists (select from two_factors where user_id = users.id) limit 1)`;
const [{ username }] = await sql`select username from users where password_hash = ${stored}`;

const gateway = await assemble(
  parseConfig(env, (name) => name.padEnd(40, '-')),
  createLog('silent'),
);
const http = await gateway.start();
const ask = async (query, variables, token) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await http.inject({
    method: 'POST',
    url: '/graphql',
    headers,
    payload: { query, variables },
  });
  const { data, errors } = answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};
const AUTH = '{ __typename ... on AuthPayload { accessToken refreshToken } }';
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) ${AUTH} }`;
const login = async () => (await ask(LOGIN, { input: { identifier: username, password: PASSWORD } })).login;
const session = await login();
let { refreshToken } = session;
const operations = {
  idle: { rounds: 100, work: () => sleep(100) },
  'me, session cached': { work: () => ask('{ me { id username email role } }', {}, session.accessToken) },
  refreshToken: {
    work: async () => {
      const text = 'mutation ($t: String) { refreshToken(refreshToken: $t) { accessToken refreshToken } }';
      ({ refreshToken } = (await ask(text, { t: refreshToken })).refreshToken);
    },
  },
  'login, bcrypt cost 12': { rounds: 30, work: login },
  'users, 20 a page': {
    work: () =>
      ask('{ users(first: 20) { edges { node { id username email role } } } }', {}, session.accessToken),
  },
  'users, search': {
    work: () =>
      ask(
        '{ users(first: 20, filter: { search: "lovelace" }) { edges { node { id username } } } }',
        {},
        session.accessToken,
      ),
  },
};

/** CPU seconds of all processes of the server, by Linux' clock ticks (100 a second). */
function cpuOfServer(postmaster) {
  const pids = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], { encoding: 'utf8' });
  return pids
    .trim()
    .split('\n')
    .reduce((sum, pid) => {
      try {
        const fields = readFileSync(`/proc/${pid.trim()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
        return sum + (Number(fields[11]) + Number(fields[12])) / 100;
      } catch {
        return sum;
      }
    }, 0);
}
const [{ data_directory: folder }] = await sql`show data_directory`;
const postmaster = Number(readFileSync(`${folder}/postmaster.pid`, 'utf8').split('\n')[0]);
const figures = async () => {
  const [row] = await sql`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal,
    (select sum(calls)::float8 from pg_stat_statements) as statements`;
  const { user, system } = process.cpuUsage();
  return {
    ...row,
    node: (user + system) / 1000,
    server: cpuOfServer(postmaster) * 1000,
    at: performance.now(),
  };
};

// The first maintenance counts the rows that were inserted above.
await sleep(60_000);
console.log('\nfor each operation: CPU of the gateway, CPU of Postgres, statements, WAL');
let idle = { node: 0, server: 0, statements: 0, wal: 0 };
for (const [name, { work, rounds = 3000 }] of Object.entries(operations)) {
  // Until V8 has compiled what runs often.
  for (let round = 0; round < rounds; round += 1) await work();
  const before = await figures();
  for (let round = 0; round < rounds; round += 1) await work();
  const after = await figures();
  const seconds = (after.at - before.at) / 1000;
  const spent = {
    node: after.node - before.node,
    server: after.server - before.server,
    statements: after.statements - before.statements,
    wal: after.wal - before.wal,
  };
  if (name === 'idle') {
    idle = Object.fromEntries(Object.entries(spent).map(([key, value]) => [key, value / seconds]));
    console.log(
      `idle node, a second:   ${idle.node.toFixed(1)} ms, ${idle.server.toFixed(1)} ms, ${idle.statements.toFixed(1)}, ${Math.round(idle.wal)} bytes`,
    );
    continue;
  }
  const own = (key) => (spent[key] - idle[key] * seconds) / rounds;
  console.log(
    `${name.padEnd(22)} ${own('node').toFixed(2)} ms, ${own('server').toFixed(2)} ms, ${own('statements').toFixed(1)}, ${Math.round(own('wal'))} bytes`,
  );
}
await gateway.close(2000);
await sql.end();
process.exit(0);
