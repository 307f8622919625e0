ALTER TABLE questionnaire ADD COLUMN reasons TEXT NOT NULL DEFAULT '{}';
--> statement-breakpoint
ALTER TABLE questionnaire ADD COLUMN saved_at INTEGER NOT NULL DEFAULT 0;
--> statement-breakpoint
ALTER TABLE questionnaire ADD COLUMN saved_by TEXT NOT NULL DEFAULT '';
