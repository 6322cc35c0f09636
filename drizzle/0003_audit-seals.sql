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
