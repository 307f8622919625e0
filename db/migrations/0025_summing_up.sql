CREATE TABLE summing (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL,
  reason TEXT NOT NULL,
  second TEXT NOT NULL,
  approval TEXT NOT NULL,
  locked_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, version),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, approval) REFERENCES approvals (jurisdiction_id, id),
  CONSTRAINT summing_hash CHECK (length(hash) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER summing_stays BEFORE UPDATE ON summing
BEGIN SELECT RAISE(ABORT, 'summing: what was locked is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER summing_kept BEFORE DELETE ON summing
BEGIN SELECT RAISE(ABORT, 'summing: what was locked is never deleted'); END;
--> statement-breakpoint
CREATE TABLE summing_preview (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  body TEXT NOT NULL,
  kept_by TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE advanced_choice (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  chosen TEXT NOT NULL,
  reason TEXT NOT NULL,
  second TEXT NOT NULL,
  approval TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, version),
  FOREIGN KEY (jurisdiction_id, cycle_id, version) REFERENCES summing (jurisdiction_id, cycle_id, version),
  FOREIGN KEY (jurisdiction_id, approval) REFERENCES approvals (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER advanced_choice_stays BEFORE UPDATE ON advanced_choice
BEGIN SELECT RAISE(ABORT, 'advanced_choice: a choice is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER advanced_choice_kept BEFORE DELETE ON advanced_choice
BEGIN SELECT RAISE(ABORT, 'advanced_choice: a choice is never deleted'); END;
