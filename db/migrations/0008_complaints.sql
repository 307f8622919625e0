CREATE TABLE complaint (
  jurisdiction_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  survey_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,
  text TEXT NOT NULL,
  answer TEXT NOT NULL,
  answered_on INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, h),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT complaint_h CHECK (length(h) = 32),
  CONSTRAINT complaint_kind CHECK (kind IN ('not_invited', 'refused', 'answered_by_other', 'other')),
  CONSTRAINT complaint_text CHECK (length(text) <= 500 AND length(answer) <= 500)
) STRICT, WITHOUT ROWID;
