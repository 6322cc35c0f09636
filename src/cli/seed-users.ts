/**
 * SQL that generates users in the database. Each row is derived from its number, so two runs generate the same users. Only
 * the locks depend on the time of the run: otherwise they would have expired.
 */

/** A pseudo-random number from 0 to `below` - 1, derived from the row number `i` and a name for the purpose. */
const pick = (purpose: string, below: number) =>
  `(('x' || substr(md5('${purpose}' || i), 1, 7))::bit(28)::int % ${below})`;

const oneOf = (purpose: string, words: string) => {
  const list = words.split(' ');
  return `(ARRAY['${list.join("','")}'])[1 + ${pick(purpose, list.length)}]`;
};

const FIRST_NAMES =
  'Ada Alan Barbara Chinua Dorothy Edsger Elena Fatima Grace Hedy Ibrahim Ingrid Jorge Kateryna Katherine Kenji ' +
  'Leila Linus Mahmoud Margaret Maria Niklaus Noor Olga Pavel Priya Radia Rosa Sofia Tim Vint Wei Yuki Zainab';
const LAST_NAMES =
  'Achebe Almeida Andersson Bauer Berners-Lee Cerf Chen Dijkstra Fernandez Garcia Hamilton Hopper Ito Ivanova ' +
  'Johnson Kim Knuth Kowalski Lamarr Liskov Lovelace Moreau Nakamura Nguyen Okafor Patel Perlman Rossi Sato ' +
  'Schmidt Silva Torvalds Turing Vaughan Wirth Yilmaz';
const DOMAINS =
  'example.com example.org example.net mail.example.com post.example.org people.example.net ' +
  'students.example.edu staff.example.edu team.example.dev home.example.info';

const USERNAME = `lower((first || '.' || last || '.' || i) COLLATE "C")`;
const EMAIL = `(${USERNAME} || '@' || domain)`;
const DISPLAY_NAME = `(CASE WHEN ${pick('named', 10)} > 0 THEN first || ' ' || last END)`;

/** Users `from` to `to` of `total`, created over four years. Existing users are not changed. */
export const insertUsers = (from: number, to: number, total: number) => `
  INSERT INTO users
    (id, username, email, display_name, search_text, role, is_active, email_verified, created_at, updated_at,
     last_login_at)
  SELECT
    md5('gatehouse seed ' || i)::uuid,
    ${USERNAME},
    ${EMAIL},
    ${DISPLAY_NAME},
    lower((${USERNAME} || E'\\n' || coalesce(${DISPLAY_NAME}, '') || E'\\n' || ${EMAIL}) COLLATE "C"),
    (CASE WHEN i % 10000 = 7 THEN 'ADMIN' WHEN i % 500 = 3 THEN 'STAFF' ELSE 'CUSTOMER' END)::role,
    ${pick('active', 1000)} > 2,
    ${pick('verified', 100)} > 4,
    created_at,
    created_at,
    CASE WHEN ${pick('signed in', 5)} > 0
      THEN created_at + make_interval(secs => ${pick('last', 100_000_000)}) END
  FROM (
    SELECT i, ${oneOf('first', FIRST_NAMES)} AS first, ${oneOf('last', LAST_NAMES)} AS last,
      ${oneOf('domain', DOMAINS)} AS domain,
      timestamptz '2022-01-01Z' + interval '4 years' * (i::float8 / ${total}) AS created_at
    FROM generate_series(${from}, ${to}) AS i
  ) AS generated
  ON CONFLICT DO NOTHING`;

/** A second factor for one user in eight. Its secret cannot be decrypted, so no code is accepted. */
export const insertSecondFactors = (from: number, to: number) => `
  INSERT INTO two_factors (user_id, sealed_secret, created_at, confirmed_at, last_step)
  SELECT users.id, 'seeded', users.created_at, users.created_at, 0
  FROM generate_series(${from}, ${to}) AS i JOIN users ON users.id = md5('gatehouse seed ' || i)::uuid
  WHERE ${pick('factor', 8)} = 0
  ON CONFLICT DO NOTHING`;

/** A lock of an hour for one user in 5,000, and two failures for one in 500. */
export const insertFailures = (from: number, to: number) => `
  INSERT INTO failure_counters (key, failures, locks, locked_until)
  SELECT 'account:' || users.id, CASE WHEN i % 5000 = 11 THEN 5 ELSE 2 END, (i % 5000 = 11)::int,
    CASE WHEN i % 5000 = 11 THEN now() + interval '1 hour' END
  FROM generate_series(${from}, ${to}) AS i JOIN users ON users.id = md5('gatehouse seed ' || i)::uuid
  WHERE i % 500 = 11
  ON CONFLICT DO NOTHING`;
