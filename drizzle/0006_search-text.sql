DROP INDEX "users_username_unique";--> statement-breakpoint
DROP INDEX "users_email_unique";--> statement-breakpoint
DROP INDEX "users_by_username";--> statement-breakpoint
DROP INDEX "users_by_email";--> statement-breakpoint
DROP INDEX "users_search";--> statement-breakpoint
DROP INDEX "users_pending_email";--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "search_text" text;--> statement-breakpoint
-- As the application folds it: ASCII first, so that a Turkish locale does not turn I into a dotless i, then the rest
-- by the database's locale. The next change of a name writes it exactly.
UPDATE "users" SET "search_text" = replace(replace(translate(
  lower(lower(normalize("username" || E'\n' || coalesce("display_name", '') || E'\n' || "email") COLLATE "C") COLLATE "default"),
  'ςı', 'σi'), 'ß', 'ss'), E'i\u0307', 'i');--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "search_text" SET NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "users_username_unique" ON "users" USING btree (lower("username" COLLATE "C"));--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_unique" ON "users" USING btree (lower("email" COLLATE "C")) WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_by_username" ON "users" USING btree (lower("username" COLLATE "C"),"id") WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_by_email" ON "users" USING btree (lower("email" COLLATE "C"),"id") WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_search" ON "users" USING gin ("search_text" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "users_pending_email" ON "users" USING btree (lower("email" COLLATE "C")) WHERE "users"."pending";