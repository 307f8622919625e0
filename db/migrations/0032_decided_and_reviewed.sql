-- Whether a measure follows where an organ's score lies near the limit of the lowest grade: on which figures, and why by each of two persons.
CREATE TABLE measure_decision (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  score TEXT NOT NULL,
  standard_error TEXT NOT NULL,
  taken INTEGER NOT NULL,
  reason TEXT NOT NULL,
  second TEXT NOT NULL,
  approval TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, approval) REFERENCES approvals (jurisdiction_id, id),
  CONSTRAINT measure_decision_taken CHECK (taken IN (0, 1))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER measure_decision_stays BEFORE UPDATE ON measure_decision
BEGIN SELECT RAISE(ABORT, 'measure_decision: a decision is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER measure_decision_kept BEFORE DELETE ON measure_decision
BEGIN SELECT RAISE(ABORT, 'measure_decision: a decision is never deleted'); END;
--> statement-breakpoint
-- Cards of rectification say which indicator they are about, so that its lead department reviews them, and may be withdrawn.
CREATE TABLE new_rectification (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  saved_by TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  indicator TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT rectification_state
    CHECK (state IN ('draft', 'submitted', 'returned', 'accepted', 'done', 'verified', 'withdrawn'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE new_rectification_step (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  step INTEGER NOT NULL,
  move TEXT NOT NULL,
  at_utc INTEGER NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n, step),
  FOREIGN KEY (jurisdiction_id, cycle_id, organ_id, n)
    REFERENCES new_rectification (jurisdiction_id, cycle_id, organ_id, n),
  CONSTRAINT rectification_step_move CHECK (move IN
    ('submit', 'finish', 'agree', 'object', 'accept', 'return', 'verify', 'reopen', 'correct', 'withdraw'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO new_rectification (jurisdiction_id, cycle_id, organ_id, n, state, version, body, saved_by, saved_at, indicator)
SELECT jurisdiction_id, cycle_id, organ_id, n, state, version, body, saved_by, saved_at, '' FROM rectification;
--> statement-breakpoint
INSERT INTO new_rectification_step (jurisdiction_id, cycle_id, organ_id, n, step, move, at_utc, actor, note)
SELECT jurisdiction_id, cycle_id, organ_id, n, step, move, at_utc, actor, note FROM rectification_step;
--> statement-breakpoint
DROP TABLE rectification_step;
--> statement-breakpoint
DROP TABLE rectification;
--> statement-breakpoint
ALTER TABLE new_rectification RENAME TO rectification;
--> statement-breakpoint
ALTER TABLE new_rectification_step RENAME TO rectification_step;
--> statement-breakpoint
-- Files of a summary report: what its own place adds and takes away, and what lies with the place above.
CREATE TABLE report_file (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  shelf TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  removed_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, shelf, sha256),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  CONSTRAINT report_file_shelf CHECK (shelf IN ('own', 'handed_in')),
  CONSTRAINT report_file_sha256 CHECK (length(sha256) = 32),
  CONSTRAINT report_file_type CHECK (type IN ('pdf', 'jpg', 'png', 'docx', 'xlsx', 'ofd'))
) STRICT, WITHOUT ROWID;
