-- Rows of the audit log and its seals can be deleted only up to the newest anchor. The pruning command writes the anchor
-- first, in the same transaction. The triggers refuse every other change of the three tables.
--
-- A session setting such as "pruning is on" would not protect anything: every client can set it. An anchor is a row that
-- cannot be deleted, and it has an HMAC under a key that the database does not have.
--
-- The triggers stop mistakes of the application and injected DELETE statements. An attacker who can INSERT can write an
-- anchor, but cannot compute its HMAC and cannot delete it. The command that verifies the chain reports such an anchor.
--
-- The triggers do not stop the owner of the tables and superusers: they can disable triggers. The chain shows what they
-- delete or change, unless they cut off its end or restore an older state. Against that, keep the last seal elsewhere.
-- If the application must not own the tables, run the migrations as another role. Grant the application SELECT and INSERT
-- on the three tables, DELETE on the first two for pruning, and SELECT on audit_events_id_seq.
--
-- The functions pin the search path. Otherwise a table of the same name earlier in the path could replace the anchors.
CREATE FUNCTION audit_pruned_to() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(max(event_id), 0) FROM public.audit_anchors
$$;
--> statement-breakpoint
-- An anchor must name a sealed row that is newer than the row of the previous anchor.
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
