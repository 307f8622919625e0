CREATE TABLE comment_note (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  disposal TEXT NOT NULL,
  topic TEXT NOT NULL,
  assignee TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id, id) REFERENCES comment (jurisdiction_id, survey_id, id),
  CONSTRAINT comment_note_disposal CHECK (disposal IN ('waiting', 'reference', 'organ', 'discipline', 'public', 'withheld')),
  CONSTRAINT comment_note_topic CHECK (length(topic) <= 20)
) STRICT, WITHOUT ROWID;
