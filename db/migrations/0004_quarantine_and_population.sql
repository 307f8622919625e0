CREATE TABLE population (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL,
  source TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT population_hash CHECK (length(hash) = 32),
  CONSTRAINT population_source CHECK (source <> '')
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE quarantine_proposal (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  approval TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, approval),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE quarantine (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  test TEXT NOT NULL,
  batch TEXT NOT NULL,
  p REAL,
  adjusted_p REAL,
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
  CONSTRAINT quarantine_test CHECK (test IN ('straight_lining', 'duplicates', 'burst', 'concentration', 'pace')),
  CONSTRAINT quarantine_p CHECK (
    CASE test WHEN 'pace' THEN p IS NULL AND adjusted_p IS NULL
    ELSE coalesce(p BETWEEN 0 AND 1 AND adjusted_p BETWEEN 0 AND 1, FALSE) END
  ),
  CONSTRAINT quarantine_slips CHECK (slips > 0),
  CONSTRAINT quarantine_reason CHECK (reason <> ''),
  CONSTRAINT quarantine_two_persons CHECK (approver <> proposer)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX quarantine_approval ON quarantine (jurisdiction_id, approval);
--> statement-breakpoint
CREATE TABLE quarantined_slip (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  quarantine_id INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id, id) REFERENCES slip (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id, quarantine_id) REFERENCES quarantine (jurisdiction_id, survey_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- What was taken out, and why, is written once: nothing slips back in, and nobody can say later that it was otherwise.
CREATE TRIGGER quarantine_proposal_keeps_rows BEFORE UPDATE ON quarantine_proposal
BEGIN SELECT RAISE(ABORT, 'quarantine_proposal: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER quarantine_proposal_keeps_all BEFORE DELETE ON quarantine_proposal
BEGIN SELECT RAISE(ABORT, 'quarantine_proposal: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER quarantine_keeps_rows BEFORE UPDATE ON quarantine
BEGIN SELECT RAISE(ABORT, 'quarantine: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER quarantine_keeps_all BEFORE DELETE ON quarantine
BEGIN SELECT RAISE(ABORT, 'quarantine: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER quarantined_slip_keeps_rows BEFORE UPDATE ON quarantined_slip
BEGIN SELECT RAISE(ABORT, 'quarantined_slip: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER quarantined_slip_keeps_all BEFORE DELETE ON quarantined_slip
BEGIN SELECT RAISE(ABORT, 'quarantined_slip: a row is never deleted'); END;
--> statement-breakpoint
-- Weights chosen after the answers are seen could give any score: from the opening on there is no way to set them.
CREATE TRIGGER population_comes_before BEFORE INSERT ON population
WHEN (SELECT state FROM survey WHERE jurisdiction_id = NEW.jurisdiction_id AND id = NEW.survey_id) NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'population: the shares of an opened survey are never set'); END;
--> statement-breakpoint
CREATE TRIGGER population_stays BEFORE UPDATE ON population
WHEN EXISTS (SELECT 1 FROM survey WHERE state NOT IN ('draft', 'ready')
  AND (jurisdiction_id, id) IN (VALUES (OLD.jurisdiction_id, OLD.survey_id), (NEW.jurisdiction_id, NEW.survey_id)))
BEGIN SELECT RAISE(ABORT, 'population: the shares of an opened survey are never changed'); END;
--> statement-breakpoint
CREATE TRIGGER population_kept BEFORE DELETE ON population
WHEN (SELECT state FROM survey WHERE jurisdiction_id = OLD.jurisdiction_id AND id = OLD.survey_id) NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'population: the shares of an opened survey are never deleted'); END;
