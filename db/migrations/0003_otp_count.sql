CREATE TABLE otp_count (
  jurisdiction_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, day),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- What was sent today before there was a count stays counted.
INSERT INTO otp_count (jurisdiction_id, day, n) SELECT jurisdiction_id, day, sum(sent_today) FROM otp GROUP BY 1, 2;
