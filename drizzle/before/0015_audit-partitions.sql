-- Runs before the migration of the same name, statement by statement and without a transaction, while old nodes write. So
-- the migration locks the tables only for milliseconds. If it was interrupted, it begins again.
DROP INDEX CONCURRENTLY IF EXISTS audit_events_id_created_at;
--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY audit_events_id_created_at ON audit_events (id, created_at);
--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS audit_seals_event_id_sealed_at;
--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY audit_seals_event_id_sealed_at ON audit_seals (event_id, sealed_at);
--> statement-breakpoint
-- The first partition holds what this constraint allows. The migration removes it. It is four weeks away at least, so that
-- it refuses no row if the migration is interrupted.
DO $$
DECLARE
  ends timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC' + interval '2 months') AT TIME ZONE 'UTC';
BEGIN
  SET LOCAL lock_timeout = '5s';
  ALTER TABLE audit_events DROP CONSTRAINT IF EXISTS audit_events_before;
  ALTER TABLE audit_seals DROP CONSTRAINT IF EXISTS audit_seals_before;
  EXECUTE format('ALTER TABLE audit_events ADD CONSTRAINT audit_events_before CHECK (created_at < %L) NOT VALID', ends);
  EXECUTE format('ALTER TABLE audit_seals ADD CONSTRAINT audit_seals_before CHECK (sealed_at < %L) NOT VALID', ends);
END $$;
--> statement-breakpoint
ALTER TABLE audit_events VALIDATE CONSTRAINT audit_events_before;
--> statement-breakpoint
ALTER TABLE audit_seals VALIDATE CONSTRAINT audit_seals_before;
