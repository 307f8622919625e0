CREATE TABLE box_key (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  holding TEXT NOT NULL,
  pk BLOB NOT NULL,
  threshold INTEGER NOT NULL,
  shares INTEGER NOT NULL,
  rehearsed_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT box_key_holding CHECK (holding IN ('trustees', 'file')),
  CONSTRAINT box_key_pk CHECK (length(pk) = 65),
  CONSTRAINT box_key_shares CHECK (threshold BETWEEN 1 AND shares AND shares <= 16)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE box (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  tag BLOB NOT NULL,
  ver INTEGER NOT NULL,
  enc BLOB NOT NULL,
  ct BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, tag),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT box_tag CHECK (length(tag) = 32),
  CONSTRAINT box_ver CHECK (ver BETWEEN 1 AND 20),
  CONSTRAINT box_envelope CHECK (length(enc) = 65 AND length(ct) > 16 OR length(enc) + length(ct) = 0)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE audit_contact (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  p BLOB NOT NULL,
  ct BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, p),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT audit_contact_p CHECK (length(p) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE log_leaf (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  log TEXT NOT NULL,
  i INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, log, i),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT log_leaf_log CHECK (log IN ('participation', 'slips')),
  CONSTRAINT log_leaf_i CHECK (i >= 0)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX log_leaf_tag ON log_leaf (jurisdiction_id, survey_id, data) WHERE log = 'participation';
--> statement-breakpoint
CREATE TABLE checkpoint (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  log TEXT NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, log, size),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT checkpoint_log CHECK (log IN ('participation', 'slips')),
  CONSTRAINT checkpoint_root CHECK (length(root) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE publication (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  sums TEXT NOT NULL,
  hash BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, hash),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  CONSTRAINT publication_hash CHECK (length(hash) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE proposal (
  jurisdiction_id INTEGER NOT NULL,
  approval TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, approval),
  FOREIGN KEY (jurisdiction_id, approval) REFERENCES approvals (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE audit_checkpoint (
  size INTEGER PRIMARY KEY NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL,
  CONSTRAINT audit_checkpoint_root CHECK (length(root) = 32)
) STRICT;
--> statement-breakpoint
-- A log grows at its end and is never rewritten: whoever keeps an old head can prove it.
CREATE TRIGGER log_leaf_at_the_end BEFORE INSERT ON log_leaf
WHEN NEW.i <> (SELECT coalesce(max(i) + 1, 0) FROM log_leaf
  WHERE jurisdiction_id = NEW.jurisdiction_id AND survey_id = NEW.survey_id AND log = NEW.log)
BEGIN SELECT RAISE(ABORT, 'log_leaf: a leaf is added at the end'); END;
--> statement-breakpoint
CREATE TRIGGER log_leaf_keeps_rows BEFORE UPDATE ON log_leaf
BEGIN SELECT RAISE(ABORT, 'log_leaf: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER log_leaf_keeps_all BEFORE DELETE ON log_leaf
BEGIN SELECT RAISE(ABORT, 'log_leaf: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER checkpoint_keeps_rows BEFORE UPDATE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'checkpoint: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER checkpoint_keeps_all BEFORE DELETE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'checkpoint: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER audit_checkpoint_keeps_rows BEFORE UPDATE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'audit_checkpoint: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER audit_checkpoint_keeps_all BEFORE DELETE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'audit_checkpoint: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER publication_keeps_rows BEFORE UPDATE ON publication
BEGIN SELECT RAISE(ABORT, 'publication: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER publication_keeps_all BEFORE DELETE ON publication
BEGIN SELECT RAISE(ABORT, 'publication: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER proposal_keeps_rows BEFORE UPDATE ON proposal
BEGIN SELECT RAISE(ABORT, 'proposal: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER proposal_keeps_all BEFORE DELETE ON proposal
BEGIN SELECT RAISE(ABORT, 'proposal: a row is never deleted'); END;
--> statement-breakpoint
-- The key of an opened survey is the one its manifest names; answers sealed to another could never be read.
CREATE TRIGGER box_key_stays BEFORE UPDATE ON box_key
WHEN (SELECT state FROM survey WHERE jurisdiction_id = OLD.jurisdiction_id AND id = OLD.survey_id) NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'box_key: the key of an opened survey is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER box_key_kept BEFORE DELETE ON box_key
WHEN (SELECT state FROM survey WHERE jurisdiction_id = OLD.jurisdiction_id AND id = OLD.survey_id) NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'box_key: the key of an opened survey is never deleted'); END;
