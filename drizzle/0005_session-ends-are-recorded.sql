-- Records the end of a session in the transaction that ends it, for every statement that ends one: an UPDATE that revokes
-- the session, or a DELETE of a live session (for example with its user). Nodes read these rows and evict the session
-- from their caches.
CREATE FUNCTION record_session_end() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  reason public.session_end_reason := 'REVOKED';
BEGIN
  IF TG_OP = 'UPDATE' THEN
    reason := coalesce(NEW.end_reason, reason);
  END IF;
  INSERT INTO public.session_ends (session_id, user_id, reason) VALUES (OLD.id, OLD.user_id, reason);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER sessions_revoked AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION record_session_end();
--> statement-breakpoint
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND OLD.expires_at > now()) EXECUTE FUNCTION record_session_end();
