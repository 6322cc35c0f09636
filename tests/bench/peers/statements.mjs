// The peer: bare statements by the driver of the gateway, in its own process and without HTTP.
import postgres from 'postgres';

const [database] = process.argv.slice(2);
const POOL_SIZE = 10;
const sql = postgres(database, { max: POOL_SIZE, onnotice: () => {} });

/** Each takes the number of its call. */
const WORK = {
  refresh: ({ sessionIds }) => {
    return (call) =>
      sql.begin(async (tx) => {
        const [session] = await tx`
          UPDATE sessions SET counter = counter + 1, rotated_at = now(), last_used_at = now()
          WHERE id = ${sessionIds[call % sessionIds.length]} RETURNING *`;
        await tx`INSERT INTO audit_events (type, actor_id, subject_id, ip_address, user_agent)
          VALUES ('TOKEN_REFRESHED', ${session.user_id}, ${session.user_id}, '127.0.0.1', ${session.user_agent})`;
      });
  },
  entities:
    ({ pages }) =>
    (call) =>
      sql`SELECT * FROM users WHERE id = ANY (${pages[call % pages.length]}::uuid[]) AND NOT pending`,
  page: () => () => sql`SELECT * FROM users WHERE NOT pending ORDER BY created_at, id LIMIT 51`,
};

/** Answers with the calls per second. */
process.on('message', async ({ name, parameters, first, seconds, concurrency }) => {
  try {
    const work = WORK[name](parameters);
    const startedAt = performance.now();
    const until = startedAt + seconds * 1000;
    let call = first;
    const worker = async () => {
      while (performance.now() < until) await work(call++);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    process.send({ perSecond: ((call - first) / (performance.now() - startedAt)) * 1000, next: call });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.send({ ready: true });
