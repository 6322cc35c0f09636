CREATE TYPE "public"."session_end_reason" AS ENUM('LOGGED_OUT', 'REVOKED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'TOKEN_REUSED', 'DEACTIVATED', 'ROLE_CHANGED', 'EXPIRED');--> statement-breakpoint
CREATE TABLE "session_ends" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "session_ends_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"reason" "session_end_reason" NOT NULL,
	"ended_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "end_reason" "session_end_reason";--> statement-breakpoint
CREATE INDEX "session_ends_xid" ON "session_ends" USING btree ("xid");--> statement-breakpoint
CREATE INDEX "session_ends_ended_at" ON "session_ends" USING btree ("ended_at");--> statement-breakpoint
CREATE INDEX "sessions_revoked_at" ON "sessions" USING btree ("revoked_at") WHERE "sessions"."revoked_at" IS NOT NULL;