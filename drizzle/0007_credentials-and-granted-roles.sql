ALTER TABLE "users" ADD COLUMN "credentials_version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "granted_role" "role";--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "role_granted_by" uuid;--> statement-breakpoint
UPDATE "users" SET "role" = 'CUSTOMER' WHERE "pending" AND "role" <> 'CUSTOMER';--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_pending_is_customer" CHECK (NOT "users"."pending" OR "users"."role" = 'CUSTOMER');--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_role_is_granted_by_somebody" CHECK (("users"."granted_role" IS NULL) = ("users"."role_granted_by" IS NULL));