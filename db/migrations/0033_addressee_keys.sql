CREATE TABLE addressee_key (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  addressee_id BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, h),
  FOREIGN KEY (jurisdiction_id, survey_id, addressee_id) REFERENCES addressee (jurisdiction_id, survey_id, id),
  CONSTRAINT addressee_key_h CHECK (length(h) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE roster_row ADD COLUMN keys TEXT NOT NULL DEFAULT '[]';
--> statement-breakpoint
ALTER TABLE roster_file ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0 CONSTRAINT roster_file_keyed CHECK (keyed IN (0, 1));
