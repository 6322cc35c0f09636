-- It locks the table against writes while it builds. With a large log, build it CONCURRENTLY before the upgrade.
CREATE INDEX IF NOT EXISTS "audit_events_address" ON "audit_events" USING btree ("ip_address","id");
