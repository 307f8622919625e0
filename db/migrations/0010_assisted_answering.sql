CREATE TABLE assistance (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  way TEXT NOT NULL,
  day INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, user_id, way, day),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT assistance_way CHECK (way IN ('phone', 'paper'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE paper_sheet (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  sheet TEXT NOT NULL,
  entered_by TEXT NOT NULL,
  day INTEGER NOT NULL,
  ct BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, sheet),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT paper_sheet_number CHECK (length(sheet) BETWEEN 1 AND 12)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE new_grants (
  jurisdiction_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  organ_id INTEGER NOT NULL,
  granted_by TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, user_id, role, organ_id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  FOREIGN KEY (user_id) REFERENCES user (id),
  CONSTRAINT grants_role CHECK (role IN ('platform_admin', 'office_admin', 'analyst', 'reviewer', 'organ_officer', 'interviewer', 'auditor')),
  CONSTRAINT grants_platform CHECK ((role = 'platform_admin') = (jurisdiction_id = 0))
) STRICT;
--> statement-breakpoint
INSERT INTO new_grants SELECT jurisdiction_id, user_id, role, organ_id, granted_by, approved_by, valid_from, valid_to FROM grants;
--> statement-breakpoint
DROP TABLE grants;
--> statement-breakpoint
ALTER TABLE new_grants RENAME TO grants;
--> statement-breakpoint
CREATE INDEX grants_user ON grants (user_id);
