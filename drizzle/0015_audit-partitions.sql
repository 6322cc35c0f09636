-- The audit log and its seals in partitions by month (UTC), see docs/adr/0014-audit-partitions.md. The tables so far become
-- the first partitions. No row is written. before/0015_audit-partitions.sql has built the indexes and checked the rows, so
-- that the tables are locked for milliseconds. Where it did not run (PGlite), both happens here.
SET LOCAL lock_timeout = '5s';
--> statement-breakpoint
-- The lock of the job that seals: it reads the seals before the events.
SELECT pg_advisory_xact_lock(4870314);
--> statement-breakpoint
LOCK TABLE audit_events, audit_seals IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
CREATE UNIQUE INDEX IF NOT EXISTS audit_events_id_created_at ON audit_events (id, created_at);
--> statement-breakpoint
CREATE UNIQUE INDEX IF NOT EXISTS audit_seals_event_id_sealed_at ON audit_seals (event_id, sealed_at);
--> statement-breakpoint
DO $$
DECLARE
  -- The first partitions hold everything before this moment.
  ends timestamptz := coalesce(
    (SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''')::timestamptz
      FROM pg_constraint WHERE conname = 'audit_events_before' AND conrelid = 'public.audit_events'::regclass),
    (SELECT greatest(
      date_trunc('month', now() AT TIME ZONE 'UTC' + interval '2 months'),
      date_trunc('month', (SELECT max(created_at) FROM audit_events) AT TIME ZONE 'UTC' + interval '1 month'),
      date_trunc('month', (SELECT max(sealed_at) FROM audit_seals) AT TIME ZONE 'UTC' + interval '1 month')
    ) AT TIME ZONE 'UTC'));
  suffix text := to_char(ends AT TIME ZONE 'UTC', '"_before_"YYYY_MM');
  events text := 'audit_events' || suffix;
  seals text := 'audit_seals' || suffix;
  last_id bigint;
  was_issued boolean;
  one record;
  -- A role of the application keeps its rights.
  grants text[] := ARRAY(
    SELECT format('GRANT %s ON %I TO %s', acl.privilege_type, c.relname,
        CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END)
      FROM pg_class c, LATERAL aclexplode(c.relacl) acl
      WHERE c.oid IN ('public.audit_events'::regclass, 'public.audit_seals'::regclass, 'public.audit_events_id_seq'::regclass)
        AND acl.grantee <> c.relowner);
BEGIN
  SELECT last_value, is_called INTO last_id, was_issued FROM audit_events_id_seq;
  ALTER TABLE audit_events ALTER COLUMN id DROP IDENTITY;
  ALTER TABLE audit_events DROP CONSTRAINT audit_events_pkey;
  ALTER TABLE audit_seals DROP CONSTRAINT audit_seals_pkey;
  EXECUTE format('ALTER TABLE audit_events ADD CONSTRAINT %I PRIMARY KEY USING INDEX audit_events_id_created_at', events || '_pkey');
  EXECUTE format('ALTER TABLE audit_seals ADD CONSTRAINT %I PRIMARY KEY USING INDEX audit_seals_event_id_sealed_at', seals || '_pkey');
  FOR one IN SELECT unnest(ARRAY['subject', 'actor', 'type', 'address']) AS key LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', 'audit_events_' || one.key, events || '_' || one.key);
  END LOOP;
  -- The partitions get the row triggers of their roots.
  DROP TRIGGER audit_events_append_only ON audit_events;
  DROP TRIGGER audit_events_prune ON audit_events;
  DROP TRIGGER audit_seals_append_only ON audit_seals;
  DROP TRIGGER audit_seals_prune ON audit_seals;
  EXECUTE format('ALTER TABLE audit_events RENAME TO %I', events);
  EXECUTE format('ALTER TABLE audit_seals RENAME TO %I', seals);

  EXECUTE format('CREATE TABLE audit_events (LIKE %I INCLUDING DEFAULTS) PARTITION BY RANGE (created_at)', events);
  ALTER TABLE audit_events ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id, created_at);
  ALTER TABLE audit_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME audit_events_id_seq);
  PERFORM setval('audit_events_id_seq', last_id, was_issued);
  CREATE INDEX audit_events_subject ON audit_events (subject_id, id);
  CREATE INDEX audit_events_actor ON audit_events (actor_id, id);
  CREATE INDEX audit_events_type ON audit_events (type, id);
  CREATE INDEX audit_events_address ON audit_events (ip_address, id);
  EXECUTE format('CREATE TABLE audit_seals (LIKE %I) PARTITION BY RANGE (sealed_at)', seals);
  ALTER TABLE audit_seals ADD CONSTRAINT audit_seals_pkey PRIMARY KEY (event_id, sealed_at);
  ALTER TABLE audit_seals ADD CONSTRAINT audit_seals_length CHECK (octet_length(seal) = 32);

  CREATE TRIGGER audit_events_append_only BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
  CREATE TRIGGER audit_events_prune BEFORE DELETE ON audit_events
    FOR EACH ROW WHEN (OLD.id > audit_pruned_to()) EXECUTE FUNCTION refuse_audit_change();
  CREATE TRIGGER audit_events_keep BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
  CREATE TRIGGER audit_seals_append_only BEFORE UPDATE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
  CREATE TRIGGER audit_seals_prune BEFORE DELETE ON audit_seals
    FOR EACH ROW WHEN (OLD.event_id > audit_pruned_to()) EXECUTE FUNCTION refuse_audit_change();
  CREATE TRIGGER audit_seals_keep BEFORE TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

  EXECUTE format('ALTER TABLE audit_events ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', events, ends);
  EXECUTE format('ALTER TABLE audit_seals ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', seals, ends);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS audit_events_before', events);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS audit_seals_before', seals);

  -- For rows of months that have no partition: no clock and no failed job may stop a sign-in.
  CREATE TABLE audit_events_default PARTITION OF audit_events DEFAULT;
  CREATE TRIGGER audit_events_keep BEFORE TRUNCATE ON audit_events_default
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
  CREATE TABLE audit_seals_default PARTITION OF audit_seals DEFAULT;
  CREATE TRIGGER audit_seals_keep BEFORE TRUNCATE ON audit_seals_default
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

  FOR one IN SELECT unnest(grants) AS statement LOOP
    EXECUTE one.statement;
  END LOOP;
END $$;
--> statement-breakpoint
-- The partitions of a table and the times that they hold, without the default partition.
CREATE FUNCTION audit_partitions(root regclass) RETURNS TABLE (partition regclass, lower timestamptz, upper timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.oid::regclass,
    coalesce(substring(bound FROM 'FROM \(''([^'']+)''\)')::timestamptz, '-infinity'),
    coalesce(substring(bound FROM 'TO \(''([^'']+)''\)')::timestamptz, 'infinity')
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, LATERAL pg_get_expr(c.relpartbound, c.oid) AS bound
  WHERE i.inhparent = root AND bound <> 'DEFAULT'
$$;
--> statement-breakpoint
-- Makes the partitions of this month and the next three. It runs as the owner, so that the gateway need not own the tables.
-- ATTACH does not wait for writers, and writers do not wait for it. A month of which the default partition has rows already
-- stays there, because attaching a partition would have to move them.
CREATE FUNCTION make_audit_partitions() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' AS $$
DECLARE
  one record;
  is_taken boolean;
  made integer := 0;
BEGIN
  FOR one IN
    SELECT root, key, lower, lower + interval '1 month' AS upper, root || to_char(lower, '_YYYY_MM') AS name
    FROM (VALUES ('audit_events', 'created_at'), ('audit_seals', 'sealed_at')) AS roots (root, key),
      generate_series(0, 3) AS n, LATERAL (SELECT date_trunc('month', now()) + make_interval(months => n) AS lower) AS month
    ORDER BY 1, n
  LOOP
    CONTINUE WHEN EXISTS (
      SELECT FROM public.audit_partitions(format('public.%I', one.root)::regclass) AS p
      WHERE p.lower < one.upper AND p.upper > one.lower);
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE %I >= $1 AND %I < $2)', one.root || '_default', one.key, one.key)
      INTO is_taken USING one.lower, one.upper;
    CONTINUE WHEN is_taken;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING CONSTRAINTS)', one.name, one.root);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change()',
      one.root || '_keep', one.name);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
      one.root, one.name, one.lower, one.upper);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
-- Drops the partitions of past months that have no row above the newest anchor. This is the rule of the triggers for DELETE.
-- It locks the tables against all other use, so set lock_timeout, and commit at once.
CREATE FUNCTION drop_pruned_audit_partitions() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' AS $$
DECLARE
  one record;
  newest bigint;
  is_locked boolean := false;
  dropped integer := 0;
BEGIN
  FOR one IN
    SELECT p.partition, roots.key
    FROM (VALUES ('public.audit_events', 'id'), ('public.audit_seals', 'event_id')) AS roots (root, key),
      LATERAL public.audit_partitions(roots.root::regclass) AS p
    WHERE p.upper < now() - interval '1 day' ORDER BY p.upper
  LOOP
    FOR attempt IN 1..2 LOOP
      EXECUTE format('SELECT max(%I) FROM ONLY %s', one.key, one.partition) INTO newest;
      EXIT WHEN newest > public.audit_pruned_to();
      IF is_locked THEN
        EXECUTE format('DROP TABLE %s', one.partition);
        dropped := dropped + 1;
        EXIT;
      END IF;
      -- No row can come into the partition between the second look and its end.
      LOCK TABLE public.audit_events, public.audit_seals IN ACCESS EXCLUSIVE MODE;
      is_locked := true;
    END LOOP;
  END LOOP;
  RETURN dropped;
END $$;
--> statement-breakpoint
-- Only who may prune.
REVOKE EXECUTE ON FUNCTION drop_pruned_audit_partitions() FROM PUBLIC;
--> statement-breakpoint
SELECT make_audit_partitions();
