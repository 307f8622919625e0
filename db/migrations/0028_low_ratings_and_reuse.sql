CREATE TABLE low_rating (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  mailbox BLOB NOT NULL,
  organ_id INTEGER NOT NULL,
  level INTEGER NOT NULL,
  said TEXT NOT NULL,
  text TEXT NOT NULL,
  opened_on INTEGER NOT NULL,
  due_on INTEGER NOT NULL,
  state TEXT NOT NULL,
  extension TEXT NOT NULL,
  reply TEXT NOT NULL,
  answered_on INTEGER NOT NULL,
  confirmed_on INTEGER NOT NULL,
  rerated INTEGER NOT NULL,
  told_on INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, mailbox),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT low_rating_mailbox CHECK (length(mailbox) = 32),
  CONSTRAINT low_rating_state CHECK (state IN ('waiting', 'forwarded', 'answered', 'confirmed', 'closed')),
  CONSTRAINT low_rating_text CHECK (length(extension) <= 500 AND length(reply) <= 1000)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE reused_source (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  facts TEXT NOT NULL,
  file BLOB NOT NULL,
  unrated INTEGER NOT NULL,
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  CONSTRAINT reused_source_kind CHECK (kind IN ('hotline12345', 'haochaping', 'wave', 'pilot')),
  CONSTRAINT reused_source_file CHECK (length(file) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE reused_record (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  h BLOB NOT NULL,
  source_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  people INTEGER NOT NULL,
  score INTEGER NOT NULL,
  spared INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, kind, h),
  FOREIGN KEY (jurisdiction_id, cycle_id, source_id) REFERENCES reused_source (jurisdiction_id, cycle_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT reused_record_h CHECK (length(h) = 32),
  CONSTRAINT reused_record_score CHECK (people > 0 AND score BETWEEN 0 AND 10000 AND spared IN (0, 1))
) STRICT, WITHOUT ROWID;
