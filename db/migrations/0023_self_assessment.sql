CREATE TABLE self_assessment (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  saved_by TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT self_assessment_state CHECK (state IN ('draft', 'submitted', 'returned'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE self_step (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at_utc INTEGER NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id, organ_id) REFERENCES self_assessment (jurisdiction_id, cycle_id, organ_id),
  CONSTRAINT self_step_kind CHECK (kind IN ('submit', 'return'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE evidence (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  subject TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  removed_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, subject, sha256),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT evidence_sha256 CHECK (length(sha256) = 32),
  CONSTRAINT evidence_type CHECK (type IN ('pdf', 'jpg', 'png', 'docx', 'xlsx', 'ofd'))
) STRICT, WITHOUT ROWID;
