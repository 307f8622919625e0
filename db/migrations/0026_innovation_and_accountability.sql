CREATE TABLE innovation_project (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  content TEXT NOT NULL,
  effect TEXT NOT NULL,
  saved_by TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE innovation_round (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  started_by TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  closed_by TEXT NOT NULL,
  closed_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE innovation_member (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  named_by TEXT NOT NULL,
  named_at INTEGER NOT NULL,
  declared_at INTEGER NOT NULL,
  submitted_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, user_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE innovation_conflict (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  organ_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, user_id, organ_id),
  FOREIGN KEY (jurisdiction_id, cycle_id, user_id) REFERENCES innovation_member (jurisdiction_id, cycle_id, user_id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT innovation_conflict_kind CHECK (kind IN ('own', 'declared'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE innovation_rating (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  scores TEXT NOT NULL,
  remark TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, n, user_id),
  FOREIGN KEY (jurisdiction_id, cycle_id, organ_id, n) REFERENCES innovation_project (jurisdiction_id, cycle_id, organ_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id, user_id) REFERENCES innovation_member (jurisdiction_id, cycle_id, user_id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE accountability_entry (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  hearing_until INTEGER NOT NULL,
  opened_by TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, n),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT accountability_kind CHECK (kind IN ('target_missed', 'late_submission', 'rectification_overdue', 'case_overdue',
    'steering_report', 'falsification')),
  CONSTRAINT accountability_state CHECK (state IN ('open', 'notified', 'upheld', 'dropped'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE accountability_step (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  n INTEGER NOT NULL,
  step INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at_utc INTEGER NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, n, step),
  FOREIGN KEY (jurisdiction_id, cycle_id, n) REFERENCES accountability_entry (jurisdiction_id, cycle_id, n),
  CONSTRAINT accountability_step_kind CHECK (kind IN ('note', 'statement', 'name', 'notify', 'decide'))
) STRICT, WITHOUT ROWID;
