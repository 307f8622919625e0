CREATE TABLE receipt_key (
  jurisdiction_id INTEGER NOT NULL,
  kid TEXT NOT NULL,
  organ_id INTEGER NOT NULL,
  alg TEXT NOT NULL,
  spki BLOB NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, kid),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT receipt_key_kid CHECK (length(kid) BETWEEN 1 AND 40),
  CONSTRAINT receipt_key_alg CHECK (alg IN ('ES256', 'EdDSA')),
  CONSTRAINT receipt_key_dates CHECK (valid_from < valid_until)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE ask_count (
  jurisdiction_id INTEGER NOT NULL,
  quarter INTEGER NOT NULL,
  h BLOB NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, quarter, h),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT ask_count_h CHECK (length(h) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE solicitation (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  organ_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT solicitation_id CHECK (length(id) = 16),
  CONSTRAINT solicitation_text CHECK (length(text) <= 500)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- Whoever could change a key or its dates could make receipts of the past; a key is revoked, and another one registered.
CREATE TRIGGER receipt_key_is_only_revoked BEFORE UPDATE ON receipt_key
WHEN OLD.revoked_at <> 0 OR NEW.revoked_at <= 0 OR NEW.jurisdiction_id <> OLD.jurisdiction_id OR NEW.kid <> OLD.kid
  OR NEW.organ_id <> OLD.organ_id OR NEW.alg <> OLD.alg OR NEW.spki <> OLD.spki
  OR NEW.valid_from <> OLD.valid_from OR NEW.valid_until <> OLD.valid_until
BEGIN SELECT RAISE(ABORT, 'receipt_key: a key is revoked once and never changed'); END;
--> statement-breakpoint
CREATE TRIGGER receipt_key_keeps_all BEFORE DELETE ON receipt_key
BEGIN SELECT RAISE(ABORT, 'receipt_key: a key is never deleted'); END;
