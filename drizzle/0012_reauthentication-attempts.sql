CREATE TABLE "reauthentication_attempts" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"attempts" integer NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"locked_until" timestamp (3) with time zone,
	CONSTRAINT "reauthentication_attempts_counted" CHECK ("reauthentication_attempts"."attempts" >= 0)
);
--> statement-breakpoint
ALTER TABLE "reauthentication_attempts" ADD CONSTRAINT "reauthentication_attempts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "reauthentication_attempts_first_at" ON "reauthentication_attempts" USING btree ("first_at");