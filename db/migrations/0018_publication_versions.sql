ALTER TABLE publication ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
--> statement-breakpoint
ALTER TABLE publication ADD COLUMN reason_zh TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE publication ADD COLUMN reason_en TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
CREATE UNIQUE INDEX publication_version ON publication (jurisdiction_id, cycle_id, version);
--> statement-breakpoint
CREATE TABLE publication_document (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  path TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, hash, path),
  FOREIGN KEY (jurisdiction_id, cycle_id, hash) REFERENCES publication (jurisdiction_id, cycle_id, hash)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE withdrawal (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  reason_zh TEXT NOT NULL,
  reason_en TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, hash),
  FOREIGN KEY (jurisdiction_id, cycle_id, hash) REFERENCES publication (jurisdiction_id, cycle_id, hash),
  CONSTRAINT withdrawal_reason CHECK (reason_zh <> '' AND reason_en <> '')
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE amendment (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  term TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  note_zh TEXT NOT NULL,
  note_en TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT amendment_term CHECK (term IN ('closes', 'results', 'phone', 'wording')),
  CONSTRAINT amendment_note CHECK (note_zh <> '' AND note_en <> '')
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- What was published stays as it was: a correction is another version, a withdrawal and an amendment stand beside it.
CREATE TRIGGER publication_document_keeps_rows BEFORE UPDATE ON publication_document
BEGIN SELECT RAISE(ABORT, 'publication_document: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER publication_document_keeps_all BEFORE DELETE ON publication_document
BEGIN SELECT RAISE(ABORT, 'publication_document: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER withdrawal_keeps_rows BEFORE UPDATE ON withdrawal
BEGIN SELECT RAISE(ABORT, 'withdrawal: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER withdrawal_keeps_all BEFORE DELETE ON withdrawal
BEGIN SELECT RAISE(ABORT, 'withdrawal: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER amendment_keeps_rows BEFORE UPDATE ON amendment
BEGIN SELECT RAISE(ABORT, 'amendment: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER amendment_keeps_all BEFORE DELETE ON amendment
BEGIN SELECT RAISE(ABORT, 'amendment: a row is never deleted'); END;
