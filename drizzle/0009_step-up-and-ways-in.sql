-- Sign-ins write to users, then to sessions. Without this lock, they could wait for this migration while a later one waits for them.
LOCK TABLE "users" IN SHARE ROW EXCLUSIVE MODE;--> statement-breakpoint
ALTER TYPE "public"."audit_event_type" ADD VALUE 'REAUTHENTICATED';--> statement-breakpoint
ALTER TYPE "public"."audit_event_type" ADD VALUE 'PASSKEY_ADDED';--> statement-breakpoint
ALTER TYPE "public"."audit_event_type" ADD VALUE 'PASSKEY_REMOVED';--> statement-breakpoint
ALTER TYPE "public"."audit_event_type" ADD VALUE 'IDENTITY_LINKED';--> statement-breakpoint
ALTER TYPE "public"."audit_event_type" ADD VALUE 'IDENTITY_UNLINKED';--> statement-breakpoint
ALTER TYPE "public"."token_purpose" ADD VALUE 'PASSKEY_REGISTRATION';--> statement-breakpoint
ALTER TYPE "public"."token_purpose" ADD VALUE 'PASSKEY_SIGN_IN';--> statement-breakpoint
ALTER TYPE "public"."token_purpose" ADD VALUE 'PASSKEY_REAUTHENTICATION';--> statement-breakpoint
ALTER TYPE "public"."token_purpose" ADD VALUE 'PROVIDER_SIGN_IN';--> statement-breakpoint
ALTER TYPE "public"."token_purpose" ADD VALUE 'PROVIDER_LINK';--> statement-breakpoint
ALTER TYPE "public"."token_purpose" ADD VALUE 'PROVIDER_CODE';--> statement-breakpoint
ALTER TABLE "one_time_tokens" ALTER COLUMN "user_id" DROP NOT NULL;--> statement-breakpoint
-- Sessions that are live already have not authenticated since their sign-in. A constant default rewrites no row.
ALTER TABLE "sessions" ADD COLUMN "authenticated_at" timestamp (3) with time zone DEFAULT '1970-01-01 00:00:00+00' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "authenticated_at" SET DEFAULT now();
