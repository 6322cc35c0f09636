-- Runs before the migration of the same name, statement by statement and without a transaction, while old nodes write. So
-- the migration locks the tables only for milliseconds. If it was interrupted, it goes on: an index that was not finished is
-- built anew.
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('audit_events_id_created_at') AND NOT indisvalid) THEN
    SET LOCAL lock_timeout = '5s';
    DROP INDEX audit_events_id_created_at;
  END IF;
END $$;
--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS audit_events_id_created_at ON audit_events (id, created_at);
--> statement-breakpoint
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('audit_seals_event_id_sealed_at') AND NOT indisvalid) THEN
    SET LOCAL lock_timeout = '5s';
    DROP INDEX audit_seals_event_id_sealed_at;
  END IF;
END $$;
--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS audit_seals_event_id_sealed_at ON audit_seals (event_id, sealed_at);
--> statement-breakpoint
-- The first partition holds what this constraint allows. The migration removes it. It is four weeks away at least, so that
-- it refuses no row if the migration is interrupted.
DO $$
DECLARE
  -- Later than every row, also if the clock of the database was wrong once.
  ends timestamptz := (SELECT greatest(
      date_trunc('month', now() AT TIME ZONE 'UTC' + interval '2 months'),
      date_trunc('month', (SELECT max(created_at) FROM audit_events) AT TIME ZONE 'UTC' + interval '1 month'),
      date_trunc('month', (SELECT max(sealed_at) FROM audit_seals) AT TIME ZONE 'UTC' + interval '1 month')
    ) AT TIME ZONE 'UTC');
BEGIN
  SET LOCAL lock_timeout = '5s';
  -- The lock of the job that seals: it reads the seals before the events.
  PERFORM pg_advisory_xact_lock(4870314);
  ALTER TABLE audit_events DROP CONSTRAINT IF EXISTS audit_events_before;
  ALTER TABLE audit_seals DROP CONSTRAINT IF EXISTS audit_seals_before;
  EXECUTE format('ALTER TABLE audit_events ADD CONSTRAINT audit_events_before CHECK (created_at < %L) NOT VALID', ends);
  EXECUTE format('ALTER TABLE audit_seals ADD CONSTRAINT audit_seals_before CHECK (sealed_at < %L) NOT VALID', ends);
END $$;
--> statement-breakpoint
ALTER TABLE audit_events VALIDATE CONSTRAINT audit_events_before;
--> statement-breakpoint
ALTER TABLE audit_seals VALIDATE CONSTRAINT audit_seals_before;
