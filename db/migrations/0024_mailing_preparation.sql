CREATE TABLE mailing_preparation (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  mailing_id INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, mailing_id),
  FOREIGN KEY (jurisdiction_id, survey_id, mailing_id) REFERENCES mailing (jurisdiction_id, survey_id, id)
) STRICT, WITHOUT ROWID;
