CREATE TYPE "public"."role" AS ENUM('CUSTOMER', 'STAFF', 'ADMIN');--> statement-breakpoint
CREATE TYPE "public"."audit_event_type" AS ENUM('USER_REGISTERED', 'USER_CREATED', 'EMAIL_VERIFIED', 'EMAIL_CHANGED', 'PROFILE_UPDATED', 'LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'ACCOUNT_LOCKED', 'ACCOUNT_UNLOCKED', 'TOKEN_REFRESHED', 'TOKEN_REUSED', 'LOGGED_OUT', 'SESSION_REVOKED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'TWO_FACTOR_SETUP_STARTED', 'TWO_FACTOR_ENABLED', 'TWO_FACTOR_DISABLED', 'TWO_FACTOR_FAILED', 'RECOVERY_CODE_USED', 'RECOVERY_CODES_REGENERATED', 'USER_UPDATED', 'ROLE_CHANGED', 'USER_ACTIVATED', 'USER_DEACTIVATED');--> statement-breakpoint
CREATE TYPE "public"."token_purpose" AS ENUM('VERIFY_EMAIL', 'CHANGE_EMAIL', 'RESET_PASSWORD', 'INVITATION', 'CHALLENGE');--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"username" text NOT NULL,
	"email" text NOT NULL,
	"display_name" text,
	"password_hash" text,
	"role" "role" DEFAULT 'CUSTOMER' NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"pending" boolean DEFAULT false NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_login_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_username_form" CHECK ("users"."username" ~ '^[A-Za-z0-9_.-]{3,32}$'),
	CONSTRAINT "users_email_form" CHECK ("users"."email" ~ '^[!-?A-~]{1,64}@[a-z0-9.-]{1,253}$'),
	CONSTRAINT "users_display_name_length" CHECK (char_length("users"."display_name") BETWEEN 1 AND 100),
	CONSTRAINT "users_pending_is_unverified" CHECK (NOT ("users"."pending" AND "users"."email_verified")),
	CONSTRAINT "users_pending_expires" CHECK (NOT "users"."pending" OR "users"."expires_at" IS NOT NULL),
	CONSTRAINT "users_verified_stays" CHECK (NOT "users"."email_verified" OR "users"."expires_at" IS NULL)
);
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" "audit_event_type" NOT NULL,
	"actor_id" uuid,
	"subject_id" uuid,
	"ip_address" "inet",
	"user_agent" text,
	"details" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_anchors" (
	"event_id" bigint PRIMARY KEY NOT NULL,
	"last_seal" "bytea" NOT NULL,
	"seal" "bytea" NOT NULL,
	"pruned_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "audit_anchors_length" CHECK (octet_length("audit_anchors"."last_seal") = 32 AND octet_length("audit_anchors"."seal") = 32)
);
--> statement-breakpoint
CREATE TABLE "audit_seals" (
	"event_id" bigint PRIMARY KEY NOT NULL,
	"seal" "bytea" NOT NULL,
	"sealed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "audit_seals_length" CHECK (octet_length("audit_seals"."seal") = 32)
);
--> statement-breakpoint
CREATE TABLE "failure_counters" (
	"key" text PRIMARY KEY NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"in_flight" integer DEFAULT 0 NOT NULL,
	"last_attempt" uuid,
	"locks" integer DEFAULT 0 NOT NULL,
	"locked_until" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "failure_counters_count" CHECK ("failure_counters"."failures" >= 0 AND "failure_counters"."in_flight" >= 0 AND "failure_counters"."locks" >= 0)
);
--> statement-breakpoint
CREATE TABLE "known_devices" (
	"user_id" uuid NOT NULL,
	"device_hash" "bytea" NOT NULL,
	"last_used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "known_devices_user_id_device_hash_pk" PRIMARY KEY("user_id","device_hash")
);
--> statement-breakpoint
CREATE TABLE "one_time_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"purpose" "token_purpose" NOT NULL,
	"hash" "bytea" NOT NULL,
	"payload" jsonb,
	"tries" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "one_time_tokens_hash_is_sha256" CHECK (octet_length("one_time_tokens"."hash") = 32),
	CONSTRAINT "one_time_tokens_tries_count" CHECK ("one_time_tokens"."tries" >= 0)
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"counter" integer DEFAULT 0 NOT NULL,
	"rotated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"remembered" boolean NOT NULL,
	"amr" text[] NOT NULL,
	"ip_address" "inet",
	"user_agent" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "sessions_counter_counts" CHECK ("sessions"."counter" >= 0)
);
--> statement-breakpoint
CREATE TABLE "signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"algorithm" text NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"sealed_private_jwk" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"signs_from" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recovery_codes" (
	"user_id" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "recovery_codes_user_id_hash_pk" PRIMARY KEY("user_id","hash"),
	CONSTRAINT "recovery_codes_hash_is_sha256" CHECK (octet_length("recovery_codes"."hash") = 32)
);
--> statement-breakpoint
CREATE TABLE "two_factors" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"sealed_secret" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"confirmed_at" timestamp (3) with time zone,
	"last_step" integer,
	"failures" integer DEFAULT 0 NOT NULL,
	"first_failure_at" timestamp (3) with time zone,
	"closed_until" timestamp (3) with time zone,
	CONSTRAINT "two_factors_lapses_or_is_confirmed" CHECK (("two_factors"."expires_at" IS NULL) = ("two_factors"."confirmed_at" IS NOT NULL)),
	CONSTRAINT "two_factors_confirmed_by_a_step" CHECK (("two_factors"."last_step" IS NULL) = ("two_factors"."confirmed_at" IS NULL)),
	CONSTRAINT "two_factors_failures_count" CHECK ("two_factors"."failures" >= 0),
	CONSTRAINT "two_factors_failures_began" CHECK (("two_factors"."failures" = 0) = ("two_factors"."first_failure_at" IS NULL)),
	CONSTRAINT "two_factors_closed_by_failures" CHECK ("two_factors"."closed_until" IS NULL OR "two_factors"."failures" > 0)
);
--> statement-breakpoint
ALTER TABLE "known_devices" ADD CONSTRAINT "known_devices_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_two_factors_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."two_factors"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "two_factors" ADD CONSTRAINT "two_factors_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "users_username_unique" ON "users" USING btree (lower("username"));--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_unique" ON "users" USING btree (lower("email")) WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_by_created_at" ON "users" USING btree ("created_at","id") WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_by_username" ON "users" USING btree ((lower("username") COLLATE "C"),"id") WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_by_email" ON "users" USING btree ((lower("email") COLLATE "C"),"id") WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_by_last_login_at" ON "users" USING btree (coalesce("last_login_at", '-infinity'::timestamptz),"id") WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_by_role" ON "users" USING btree ("role","created_at","id") WHERE NOT "users"."pending";--> statement-breakpoint
CREATE INDEX "users_inactive" ON "users" USING btree ("created_at","id") WHERE NOT "users"."pending" AND NOT "users"."is_active";--> statement-breakpoint
CREATE INDEX "users_unverified" ON "users" USING btree ("created_at","id") WHERE NOT "users"."pending" AND NOT "users"."email_verified";--> statement-breakpoint
CREATE INDEX "users_search" ON "users" USING gin (("username" || E'\n' || coalesce("display_name", '') || E'\n' || "email") gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "users_pending_email" ON "users" USING btree (lower("email")) WHERE "users"."pending";--> statement-breakpoint
CREATE INDEX "users_expires_at" ON "users" USING btree ("expires_at") WHERE "users"."expires_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_events_subject" ON "audit_events" USING btree ("subject_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_actor" ON "audit_events" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_type" ON "audit_events" USING btree ("type","id");--> statement-breakpoint
CREATE INDEX "failure_counters_updated_at" ON "failure_counters" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "failure_counters_locked" ON "failure_counters" USING btree ("locked_until") WHERE "failure_counters"."locked_until" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "known_devices_last_used_at" ON "known_devices" USING btree ("last_used_at");--> statement-breakpoint
CREATE UNIQUE INDEX "one_time_tokens_user_purpose" ON "one_time_tokens" USING btree ("user_id","purpose");--> statement-breakpoint
CREATE UNIQUE INDEX "one_time_tokens_hash" ON "one_time_tokens" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "one_time_tokens_expires_at" ON "one_time_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id","created_at") WHERE "sessions"."revoked_at" IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_expires_at" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sessions_user_id" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "two_factors_expires_at" ON "two_factors" USING btree ("expires_at") WHERE "two_factors"."expires_at" IS NOT NULL;