CREATE TABLE roster_file (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  imported_at INTEGER NOT NULL,
  people INTEGER NOT NULL,
  over_limit INTEGER NOT NULL,
  destroyed_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT;
--> statement-breakpoint
CREATE TABLE addressee (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  sealed BLOB NOT NULL,
  by_phone INTEGER NOT NULL,
  by_mail INTEGER NOT NULL,
  handed INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT addressee_id CHECK (length(id) = 16),
  CONSTRAINT addressee_flags CHECK (by_phone IN (0, 1) AND by_mail IN (0, 1) AND handed IN (0, 1))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE mailing (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  via TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  why TEXT NOT NULL,
  tries INTEGER NOT NULL,
  retry_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT mailing_via CHECK (via IN ('sms', 'mail')),
  CONSTRAINT mailing_kind CHECK (kind IN ('invite', 'reminder')),
  CONSTRAINT mailing_state CHECK (state IN ('running', 'paused', 'ended')),
  CONSTRAINT mailing_why CHECK (why IN ('', 'down', 'no_answer', 'no_key'))
) STRICT;
--> statement-breakpoint
CREATE TABLE message (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  mailing_id INTEGER NOT NULL,
  addressee_id BLOB NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id, mailing_id) REFERENCES mailing (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id, addressee_id) REFERENCES addressee (jurisdiction_id, survey_id, id),
  CONSTRAINT message_id_size CHECK (length(id) = 16),
  CONSTRAINT message_state CHECK (state IN ('queued', 'claimed', 'sent', 'delivered', 'bounced', 'unknown', 'skipped'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX message_id ON message (id);
--> statement-breakpoint
CREATE INDEX message_addressee ON message (jurisdiction_id, survey_id, addressee_id);
--> statement-breakpoint
CREATE INDEX message_mailing ON message (jurisdiction_id, survey_id, mailing_id, state);
--> statement-breakpoint
CREATE TABLE unsubscribed (
  jurisdiction_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, h),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT unsubscribed_h CHECK (length(h) = 32)
) STRICT, WITHOUT ROWID;
