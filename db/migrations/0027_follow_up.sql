CREATE TABLE feedback_letter (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  body TEXT NOT NULL,
  due INTEGER NOT NULL,
  issued_by TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  received_by TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, number),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE rectification (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  saved_by TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT rectification_state CHECK (state IN ('draft', 'submitted', 'returned', 'accepted', 'done', 'verified'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE rectification_step (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  step INTEGER NOT NULL,
  move TEXT NOT NULL,
  at_utc INTEGER NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n, step),
  FOREIGN KEY (jurisdiction_id, cycle_id, organ_id, n)
    REFERENCES rectification (jurisdiction_id, cycle_id, organ_id, n),
  CONSTRAINT rectification_step_move CHECK (move IN ('submit', 'finish', 'accept', 'return', 'verify', 'reopen'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE appeal (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL,
  indicator TEXT NOT NULL,
  lead TEXT NOT NULL,
  deduction TEXT NOT NULL,
  survey_id INTEGER NOT NULL,
  reason TEXT NOT NULL,
  filed_by TEXT NOT NULL,
  filed_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  new_deduction TEXT NOT NULL,
  decision TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  agreed_by TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT appeal_kind CHECK (kind IN ('deduction', 'rating')),
  CONSTRAINT appeal_state CHECK (state IN ('open', 'proposed', 'rejected', 'accepted')),
  CONSTRAINT appeal_not_own CHECK (decided_by <> filed_by AND agreed_by <> filed_by),
  CONSTRAINT appeal_two_persons CHECK (agreed_by = '' OR agreed_by <> decided_by),
  CONSTRAINT appeal_agreed CHECK (state <> 'accepted' OR agreed_by <> '')
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE reminder (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  task TEXT NOT NULL,
  due INTEGER NOT NULL,
  days INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  via TEXT NOT NULL,
  state TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, task, due, days, user_id, via),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT reminder_via CHECK (via IN ('app', 'mail', 'sms')),
  CONSTRAINT reminder_state CHECK (state IN ('queued', 'claimed', 'sent', 'refused', 'unknown'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE staff_phone (
  user_id TEXT PRIMARY KEY NOT NULL,
  phone TEXT NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
