CREATE TABLE staff_link (
  user_id TEXT NOT NULL,
  jurisdiction_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  made_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (user_id),
  FOREIGN KEY (user_id) REFERENCES user (id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT staff_link_h CHECK (length(h) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX staff_link_hash ON staff_link (h);
--> statement-breakpoint
CREATE TABLE staff_notice (
  user_id TEXT NOT NULL,
  made_by TEXT NOT NULL,
  at_utc INTEGER NOT NULL,
  PRIMARY KEY (user_id),
  FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE role_wish (
  jurisdiction_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  at_utc INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, user_id, role),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  FOREIGN KEY (user_id) REFERENCES user (id),
  CONSTRAINT role_wish_role CHECK (role IN ('office_admin', 'auditor'))
) STRICT, WITHOUT ROWID;
