-- What somebody of the office noted about a day on which unusually many took part.
CREATE TABLE fieldwork_mark (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  unit TEXT NOT NULL,
  day INTEGER NOT NULL,
  note TEXT NOT NULL,
  marked_by TEXT NOT NULL,
  marked_on INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, kind, unit, day),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT fieldwork_mark_kind CHECK (kind IN ('channel', 'organ')),
  CONSTRAINT fieldwork_mark_note CHECK (length(note) BETWEEN 1 AND 500)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- The sums of a live survey as they were when a figure was fixed: `waiting` until enough more have answered, then `shown`.
CREATE TABLE released_cell (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  stage TEXT NOT NULL,
  cell TEXT NOT NULL,
  round INTEGER NOT NULL,
  day INTEGER NOT NULL,
  sums BLOB NOT NULL,
  m BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, organ_id, stage, cell),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT released_cell_stage CHECK (stage IN ('waiting', 'shown'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- Batches that two persons looked at and left in the score.
CREATE TABLE kept_batch (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  test TEXT NOT NULL,
  batch TEXT NOT NULL,
  p REAL NOT NULL,
  adjusted_p REAL NOT NULL,
  slips INTEGER NOT NULL,
  reason TEXT NOT NULL,
  proposer TEXT NOT NULL,
  approver TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  approval TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT kept_batch_test CHECK (test IN ('straight_lining', 'duplicates', 'burst', 'concentration')),
  CONSTRAINT kept_batch_p CHECK (p BETWEEN 0 AND 1 AND adjusted_p BETWEEN 0 AND 1),
  CONSTRAINT kept_batch_slips CHECK (slips > 0),
  CONSTRAINT kept_batch_reason CHECK (reason <> ''),
  CONSTRAINT kept_batch_two_persons CHECK (approver <> proposer)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX kept_batch_approval ON kept_batch (jurisdiction_id, approval);
--> statement-breakpoint
CREATE TRIGGER kept_batch_keeps_rows BEFORE UPDATE ON kept_batch
BEGIN SELECT RAISE(ABORT, 'kept_batch: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER kept_batch_keeps_all BEFORE DELETE ON kept_batch
BEGIN SELECT RAISE(ABORT, 'kept_batch: a row is never deleted'); END;
