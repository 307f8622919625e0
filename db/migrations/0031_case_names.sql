ALTER TABLE low_rating ADD COLUMN name TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
UPDATE low_rating SET name = lower(hex(randomblob(8)));
--> statement-breakpoint
CREATE UNIQUE INDEX low_rating_name ON low_rating (jurisdiction_id, survey_id, name);
