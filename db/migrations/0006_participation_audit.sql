CREATE TABLE audit_key (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT audit_key_pk CHECK (length(pk) = 65)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE audit_draw (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  seed TEXT NOT NULL,
  size INTEGER NOT NULL,
  rolled INTEGER NOT NULL,
  drawn INTEGER NOT NULL,
  contactless INTEGER NOT NULL,
  drawn_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT audit_draw_seed CHECK (seed <> ''),
  CONSTRAINT audit_draw_counts CHECK (contactless BETWEEN 0 AND drawn AND drawn BETWEEN 1 AND rolled),
  CONSTRAINT audit_draw_size CHECK (drawn <= size)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE audit_finding (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  denied INTEGER NOT NULL,
  not_reached INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES audit_draw (jurisdiction_id, survey_id),
  CONSTRAINT audit_finding_counts CHECK (confirmed >= 0 AND denied >= 0 AND not_reached >= 0)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE retirement (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE roster_count (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  people INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, cell),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- The auditor's key of an opened survey is the one its manifest names; contacts sealed to another would be for somebody else.
CREATE TRIGGER audit_key_comes_before BEFORE INSERT ON audit_key
WHEN (SELECT state FROM survey WHERE jurisdiction_id = NEW.jurisdiction_id AND id = NEW.survey_id) NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'audit_key: the key of an opened survey is never set'); END;
--> statement-breakpoint
CREATE TRIGGER audit_key_stays BEFORE UPDATE ON audit_key
WHEN (SELECT state FROM survey WHERE jurisdiction_id = OLD.jurisdiction_id AND id = OLD.survey_id) NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'audit_key: the key of an opened survey is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER audit_key_kept BEFORE DELETE ON audit_key
WHEN (SELECT state FROM survey WHERE jurisdiction_id = OLD.jurisdiction_id AND id = OLD.survey_id) NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'audit_key: the key of an opened survey is never deleted'); END;
--> statement-breakpoint
-- Drawn once, after the close: whoever could draw again would draw until a sample pleases.
CREATE TRIGGER audit_draw_comes_after BEFORE INSERT ON audit_draw
WHEN (SELECT state FROM survey WHERE jurisdiction_id = NEW.jurisdiction_id AND id = NEW.survey_id)
  NOT IN ('closed', 'opening', 'opened', 'published')
BEGIN SELECT RAISE(ABORT, 'audit_draw: a sample is drawn after the close'); END;
--> statement-breakpoint
CREATE TRIGGER audit_draw_keeps_rows BEFORE UPDATE ON audit_draw
BEGIN SELECT RAISE(ABORT, 'audit_draw: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER audit_draw_keeps_all BEFORE DELETE ON audit_draw
BEGIN SELECT RAISE(ABORT, 'audit_draw: a row is never deleted'); END;
--> statement-breakpoint
-- What was published stays what the table says.
CREATE TRIGGER audit_finding_comes_before BEFORE INSERT ON audit_finding
WHEN (SELECT state FROM survey WHERE jurisdiction_id = NEW.jurisdiction_id AND id = NEW.survey_id) = 'published'
BEGIN SELECT RAISE(ABORT, 'audit_finding: the findings of a published survey are never set'); END;
--> statement-breakpoint
CREATE TRIGGER audit_finding_stays BEFORE UPDATE ON audit_finding
WHEN (SELECT state FROM survey WHERE jurisdiction_id = OLD.jurisdiction_id AND id = OLD.survey_id) = 'published'
BEGIN SELECT RAISE(ABORT, 'audit_finding: the findings of a published survey are never changed'); END;
--> statement-breakpoint
CREATE TRIGGER audit_finding_kept BEFORE DELETE ON audit_finding
BEGIN SELECT RAISE(ABORT, 'audit_finding: a row is never deleted'); END;
