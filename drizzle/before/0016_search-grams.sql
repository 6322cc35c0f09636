-- Runs before the migration of the same name, without a transaction, while old nodes write. Building the index takes minutes
-- for a million users. If it was interrupted, it builds the index anew.
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('users_short_search') AND NOT indisvalid) THEN
    SET LOCAL lock_timeout = '5s';
    DROP INDEX users_short_search;
  END IF;
END $$;
--> statement-breakpoint
-- The letters of a text and its pairs of neighbouring letters. Trigrams cannot find a text of one or two letters.
-- The cost is measured against LIKE. It keeps the planner from calling the function for each row of a scan.
CREATE OR REPLACE FUNCTION "search_grams"(searched text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
  letters text[] := string_to_array(searched, NULL);
  grams text[] := letters;
BEGIN
  FOR i IN 2 .. cardinality(letters) LOOP
    grams := grams || (letters[i - 1] || letters[i]);
  END LOOP;
  RETURN grams;
END $$;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_short_search" ON "users" USING gin (search_grams("search_text") COLLATE "C");
