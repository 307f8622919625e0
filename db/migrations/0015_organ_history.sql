ALTER TABLE cycle_organ ADD COLUMN name_zh TEXT;
--> statement-breakpoint
ALTER TABLE cycle_organ ADD COLUMN name_en TEXT;
--> statement-breakpoint
ALTER TABLE cycle_organ ADD COLUMN short_zh TEXT;
--> statement-breakpoint
ALTER TABLE cycle_organ ADD COLUMN short_en TEXT;
--> statement-breakpoint
CREATE TABLE organ_change (
  jurisdiction_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT organ_change_kind CHECK (kind IN ('rename', 'merge', 'split'))
) STRICT;
