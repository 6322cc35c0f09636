DROP INDEX "users_username_unique";--> statement-breakpoint
DROP INDEX "users_email_unique";--> statement-breakpoint
DROP INDEX "users_by_username";--> statement-breakpoint
DROP INDEX "users_by_email";--> statement-breakpoint
DROP INDEX "users_search";--> statement-breakpoint
DROP INDEX "users_pending_email";--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "search_text" text;--> statement-breakpoint
-- Folds letter case like the application: ASCII first, because a Turkish locale maps I to a dotless i, then all other
-- letters by the locale of the database. The application writes the exact text at the next change of a name.
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