CREATE TABLE indicator_version (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  saved_by TEXT NOT NULL,
  agreed_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, version),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO indicator_version (jurisdiction_id, cycle_id, version, body, saved_at, saved_by, agreed_at)
  SELECT jurisdiction_id, cycle_id, 1, json_extract(body, '$.indicators'), 0, '', 0 FROM plan;
--> statement-breakpoint
-- A version stays as it was saved; only that two people agreed to it may be added.
CREATE TRIGGER indicator_version_stays BEFORE UPDATE ON indicator_version WHEN NOT (
  OLD.agreed_at = 0 AND NEW.agreed_at > 0 AND NEW.jurisdiction_id = OLD.jurisdiction_id AND NEW.cycle_id = OLD.cycle_id
  AND NEW.version = OLD.version AND NEW.body = OLD.body AND NEW.saved_at = OLD.saved_at AND NEW.saved_by = OLD.saved_by)
BEGIN SELECT RAISE(ABORT, 'indicator_version: a version is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER indicator_version_kept BEFORE DELETE ON indicator_version
BEGIN SELECT RAISE(ABORT, 'indicator_version: a version is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER indicator_version_agreed BEFORE INSERT ON indicator_version WHEN NEW.agreed_at = 0 AND EXISTS (
  SELECT 1 FROM indicator_version WHERE jurisdiction_id = NEW.jurisdiction_id AND cycle_id = NEW.cycle_id AND agreed_at > 0)
BEGIN SELECT RAISE(ABORT, 'indicator_version: what two people agreed to is changed by two people'); END;
--> statement-breakpoint
ALTER TABLE review ADD COLUMN basis TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE review ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE review ADD COLUMN state TEXT NOT NULL DEFAULT 'confirmed'
  CONSTRAINT review_state CHECK (state IN ('draft', 'submitted', 'confirmed'));
--> statement-breakpoint
ALTER TABLE review ADD COLUMN scored_by TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE review ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT ''
  CONSTRAINT review_two_persons CHECK (confirmed_by = '' OR confirmed_by <> scored_by);
--> statement-breakpoint
ALTER TABLE review ADD COLUMN saved_at INTEGER NOT NULL DEFAULT 0;
