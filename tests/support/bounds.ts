/** The bound of a table. Each table that a client can fill has a cap or a job. */
interface Bound {
  /** The maximum of rows and what enforces it, or why clients cannot add rows. */
  readonly cap?: string;
  readonly job?: Outdated;
}

/** Rows that a scheduled job must remove. */
interface Outdated {
  /** SQL that inserts this many of them. Users `owner1`, `owner2`, … exist, as many. */
  insert(rows: number): string;
  /** The condition that selects them. */
  readonly where: string;
  /** The SET clause that makes such a row one that must stay. */
  readonly renew: string;
}

/** SQL that inserts rows made of the number `n` and the id `owner` of the n-th user. */
const rowsOf = (columns: string, values: string, where: string, renew: string): Outdated => ({
  insert: (rows) => `insert into ${columns} select ${values} from generate_series(1, ${rows}) n
    join users on username = 'owner' || n`,
  where,
  renew,
});

const HASH = `sha256(('outdated' || n)::bytea)`;
const ATTEMPTS = rowsOf(
  'second_factor_attempts (user_id, attempts, first_at)',
  `users.id, 1, now() - interval '16 minutes'`,
  `first_at < now() - interval '15 minutes'`,
  'first_at = now()',
);
/** Expired and revoked sessions: each is found by an index of its own. */
const SESSIONS = rowsOf(
  'sessions (user_id, remembered, amr, expires_at, revoked_at)',
  `users.id, false, '{pwd}', now() + (n % 2 - 0.5) * interval '50 hours',
   case when n % 2 = 1 then now() - interval '25 hours' end`,
  `expires_at < now() - interval '1 day' or revoked_at < now() - interval '1 day'`,
  `expires_at = now() + interval '1 day', revoked_at = null`,
);

/** A new table needs an entry here, and a line in `docs/operations.md`. */
export const BOUNDS: Record<string, Bound> = {
  'public.users': {
    job: {
      insert: (rows) => `insert into users (username, email, search_text, pending, expires_at)
        select 'outdated' || n, 'outdated' || n || '@example.com', 'outdated' || n, true, now() - interval '1 minute'
        from generate_series(1, ${rows}) n`,
      where: `username like 'outdated%' and expires_at < now()`,
      renew: `expires_at = now() + interval '1 day'`,
    },
  },
  'public.failure_counters': {
    cap: 'one or two for each computed hash: Guess.withdraw',
    job: rowsOf(
      'failure_counters (key, failures, updated_at)',
      `'outdated' || n, 1, now() - interval '25 hours'`,
      `updated_at < now() - interval '24 hours'`,
      'updated_at = now()',
    ),
  },
  'public.known_devices': {
    cap: '20 per user: KnownDeviceStore.remember',
    job: rowsOf(
      'known_devices (user_id, device_hash, last_used_at)',
      `users.id, ${HASH}, now() - interval '366 days'`,
      `last_used_at < now() - interval '365 days'`,
      'last_used_at = now()',
    ),
  },
  'public.one_time_tokens': {
    cap: 'one per purpose and user: one_time_tokens_user_purpose; without a user: rate limits',
    job: rowsOf(
      'one_time_tokens (user_id, purpose, hash, expires_at)',
      `case when n % 2 = 0 then users.id end, 'CHALLENGE', ${HASH}, now() - interval '1 minute'`,
      'expires_at < now()',
      `expires_at = now() + interval '1 day'`,
    ),
  },
  'public.session_ends': {
    job: rowsOf(
      'session_ends (session_id, user_id, reason, ended_at)',
      `gen_random_uuid(), users.id, 'LOGGED_OUT', now() - interval '3 days'`,
      `ended_at < now() - interval '2 days'`,
      'ended_at = now()',
    ),
  },
  'public.sessions': { cap: '100 live ones per user: SessionStore.revokeSurplus', job: SESSIONS },
  'public.two_factors': {
    cap: 'one per user: two_factors_pkey',
    job: rowsOf(
      'two_factors (user_id, sealed_secret, expires_at)',
      `users.id, 'outdated', now() - interval '1 minute'`,
      'expires_at < now()',
      `expires_at = now() + interval '1 day'`,
    ),
  },
  'public.identities': { cap: '20 per user: requireRoom' },
  'public.recovery_codes': { cap: 'ten per user: RecoveryCodeStore.replace; removed with the factor' },
  'public.passkeys': { cap: '20 per user: finishRegistration' },
  'public.second_factor_attempts': { cap: 'one per user: second_factor_attempts_pkey', job: ATTEMPTS },
  'public.reauthentication_attempts': {
    cap: 'one per user: reauthentication_attempts_pkey',
    job: {
      ...ATTEMPTS,
      insert: (rows) => ATTEMPTS.insert(rows).replace('second_factor_attempts', 'reauthentication_attempts'),
    },
  },
  'public.signing_keys': {
    cap: 'made by the rotation of keys',
    job: {
      // As if the current key had signed for a day.
      insert: () => `insert into signing_keys
          select 'outdated', algorithm, public_jwk, sealed_private_jwk, created_at, now() - interval '10 days'
          from signing_keys limit 1;
        update signing_keys set signs_from = now() - interval '1 day' where kid <> 'outdated'`,
      where: `kid = 'outdated'`,
      renew: 'signs_from = now()',
    },
  },
  'public.audit_events': { cap: 'kept until an operator prunes it: the audit command' },
  'public.audit_seals': { cap: 'one per audit event, pruned with it' },
  'public.audit_anchors': { cap: 'one per batch of pruned audit events' },
  'public.audit_counts': { cap: 'one per hour with events: audit_counts_pkey' },
  'public.audit_count_progress': { cap: 'one row: audit_count_progress_single' },
  'public.account_totals': { cap: 'one row: account_totals_single' },
  'drizzle.__drizzle_migrations': { cap: 'one per migration' },
  // Tables of pg-boss, which looks for old rows every 15 seconds.
  'jobs.job': {
    job: {
      insert: (rows) => `insert into jobs.job (name, state, created_on, completed_on)
        select 'mail', 'completed', now() - interval '2 hours', now() - interval '2 hours'
        from generate_series(1, ${rows}) n`,
      where: `completed_on < now() - interval '1 hour'`,
      renew: 'completed_on = now()',
    },
  },
  'jobs.archive': {
    job: {
      // Its columns have no defaults.
      insert: (
        rows,
      ) => `insert into jobs.archive (id, name, priority, state, retry_limit, retry_count, retry_delay,
          retry_backoff, start_after, expire_in, created_on, keep_until, archived_on)
        select gen_random_uuid(), 'mail', 0, 'completed', 0, 0, 0, false, now(), interval '1 minute', now(), now(),
          now() - interval '3 days'
        from generate_series(1, ${rows}) n`,
      where: `archived_on < now() - interval '2 days'`,
      renew: 'archived_on = now()',
    },
  },
  'jobs.queue': { cap: 'one per kind of job' },
  'jobs.schedule': { cap: 'one per scheduled job' },
  'jobs.subscription': { cap: 'not used' },
  'jobs.version': { cap: 'one row' },
};

/** SQL for the users that the rows of `BOUNDS` belong to. */
export const insertOwners = (users: number) => `insert into users (username, email, search_text)
  select 'owner' || n, 'owner' || n || '@example.com', 'owner' || n from generate_series(1, ${users}) n`;

/** The tables with rows that a job removes. */
export const REMOVALS = Object.entries(BOUNDS).flatMap(([table, { job }]) =>
  job ? [{ table, ...job }] : [],
);
