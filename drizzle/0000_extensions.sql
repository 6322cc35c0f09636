-- Substring search over users by trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
