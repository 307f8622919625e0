CREATE TABLE roster_import (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  stopped_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT;
--> statement-breakpoint
CREATE TABLE roster_row (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  sealed BLOB NOT NULL,
  by_phone INTEGER NOT NULL,
  by_mail INTEGER NOT NULL,
  h BLOB NOT NULL,
  member TEXT NOT NULL,
  place TEXT NOT NULL,
  asked BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES roster_import (jurisdiction_id, survey_id),
  CONSTRAINT roster_row_id CHECK (length(id) = 16),
  CONSTRAINT roster_row_h CHECK (length(h) = 32),
  CONSTRAINT roster_row_asked CHECK (length(asked) IN (0, 32)),
  CONSTRAINT roster_row_flags CHECK (by_phone IN (0, 1) AND by_mail IN (0, 1))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE frame (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  strata TEXT NOT NULL,
  registered_at INTEGER NOT NULL,
  seed TEXT NOT NULL,
  drawn_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT frame_hash CHECK (length(hash) = 32),
  CONSTRAINT frame_seed CHECK (length(seed) <= 200 AND (seed = '') = (drawn_at = 0))
) STRICT;
--> statement-breakpoint
ALTER TABLE addressee ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0 CONSTRAINT addressee_revoked CHECK (revoked IN (0, 1));
