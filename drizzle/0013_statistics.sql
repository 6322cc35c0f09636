CREATE TABLE "audit_count_progress" (
	"single" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"counted_to" bigint NOT NULL,
	CONSTRAINT "audit_count_progress_single" CHECK ("audit_count_progress"."single")
);
--> statement-breakpoint
CREATE TABLE "audit_counts" (
	"start" timestamp (3) with time zone PRIMARY KEY NOT NULL,
	"sign_ins" integer NOT NULL,
	"failed_sign_ins" integer NOT NULL,
	"lockouts" integer NOT NULL,
	"registrations" integer NOT NULL,
	"password_resets" integer NOT NULL,
	"token_reuses" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_totals" (
	"single" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"counted_at" timestamp (3) with time zone NOT NULL,
	"users" integer NOT NULL,
	"staff" integer NOT NULL,
	"admins" integer NOT NULL,
	"deactivated" integer NOT NULL,
	"locked" integer NOT NULL,
	"two_factor_enabled" integer NOT NULL,
	"with_passkey" integer NOT NULL,
	"live_sessions" integer NOT NULL,
	CONSTRAINT "account_totals_single" CHECK ("account_totals"."single")
);

--> statement-breakpoint
-- The job counts from the oldest event on, in batches. Until it has caught up, readers count the rest by themselves.
INSERT INTO "audit_count_progress" ("counted_to") VALUES (0);
