-- Under which place a place stands; null at the top.
ALTER TABLE jurisdiction ADD COLUMN parent_id INTEGER REFERENCES jurisdiction (id)
  CONSTRAINT jurisdiction_parent CHECK (parent_id <> id AND parent_id <> 0);
--> statement-breakpoint
CREATE INDEX jurisdiction_below ON jurisdiction (parent_id);
--> statement-breakpoint
-- The summary report of a place on one of its years. The place above reads what was handed in, and nothing else.
CREATE TABLE summary_report (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  saved_by TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  submitted TEXT,
  submitted_at INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  CONSTRAINT summary_report_state CHECK (state IN ('draft', 'submitted', 'returned', 'accepted')),
  CONSTRAINT summary_report_submitted CHECK (
    (submitted IS NULL) = (submitted_at = 0) AND (state = 'draft' OR submitted IS NOT NULL))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- From whose plan a year was begun, with that plan as it was taken.
CREATE TABLE plan_origin (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  place TEXT NOT NULL,
  place_cycle TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  body TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER plan_origin_stays BEFORE UPDATE ON plan_origin
BEGIN SELECT RAISE(ABORT, 'plan_origin: where a plan came from is never changed'); END;
