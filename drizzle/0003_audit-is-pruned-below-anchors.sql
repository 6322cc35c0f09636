-- Of the log and its seals only what an anchor stands for may be deleted: rows at or below the newest one's id. A
-- pruning command writes the anchor first, in the same transaction. Nothing else of the three tables can be changed.
--
-- A setting local to the transaction ("pruning is on") would be a password that everybody knows. An anchor is a row
-- that stays, and carries an HMAC under a key that the database does not have.
--
-- This keeps from deleting: the application's own mistakes, and statements smuggled into it, as far as they do not
-- first write an anchor. Whoever may INSERT can write one, but not its HMAC, and cannot take it away again: the check
-- of the chain names it ever after.
-- This does not keep out: the owner of the tables and superusers, who can disable triggers. What they delete or alter
-- the chain shows, except where they cut off its end or put all of it back to an earlier state; for that the end has
-- to be known from elsewhere. To make the application no owner, run the migrations as another role, and grant it
-- SELECT and INSERT on the three tables (DELETE too on the first two, if it is to prune) and SELECT on
-- audit_events_id_seq.

-- The search path is pinned, so that no table of the same name in front of it can lend itself as anchors.
CREATE FUNCTION audit_pruned_to() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(max(event_id), 0) FROM public.audit_anchors
$$;
--> statement-breakpoint
-- An anchor stands on a sealed row, and past the anchor before.
CREATE FUNCTION check_audit_anchor() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.event_id <= public.audit_pruned_to() OR NOT EXISTS (
    SELECT FROM public.audit_seals WHERE event_id = NEW.event_id AND seal = NEW.last_seal
  ) THEN
    RAISE EXCEPTION 'an anchor stands on a sealed row' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
DROP TRIGGER audit_events_append_only ON audit_events;
--> statement-breakpoint
CREATE TRIGGER audit_events_append_only BEFORE UPDATE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint
CREATE TRIGGER audit_events_prune BEFORE DELETE ON audit_events
  FOR EACH ROW WHEN (OLD.id > audit_pruned_to()) EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE ON audit_seals
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint
CREATE TRIGGER audit_seals_prune BEFORE DELETE ON audit_seals
  FOR EACH ROW WHEN (OLD.event_id > audit_pruned_to()) EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint
CREATE TRIGGER audit_seals_keep BEFORE TRUNCATE ON audit_seals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint
CREATE TRIGGER audit_anchors_append_only BEFORE UPDATE OR DELETE ON audit_anchors
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint
CREATE TRIGGER audit_anchors_keep BEFORE TRUNCATE ON audit_anchors
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint
CREATE TRIGGER audit_anchors_stand BEFORE INSERT ON audit_anchors
  FOR EACH ROW EXECUTE FUNCTION check_audit_anchor();
