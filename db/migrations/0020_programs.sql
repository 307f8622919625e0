CREATE TABLE api_key (
  jurisdiction_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  h BLOB NOT NULL,
  scopes TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_on INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT api_key_h CHECK (length(h) = 32),
  CONSTRAINT api_key_dates CHECK (made_at < expires_at)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX api_key_hash ON api_key (h);
--> statement-breakpoint
CREATE TABLE api_request (
  jurisdiction_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  body_hash BLOB NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, key_id, h),
  FOREIGN KEY (jurisdiction_id, key_id) REFERENCES api_key (jurisdiction_id, id),
  CONSTRAINT api_request_h CHECK (length(h) = 32 AND length(body_hash) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE webhook (
  jurisdiction_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  salt BLOB NOT NULL,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  removed_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT webhook_salt CHECK (length(salt) = 16)
) STRICT;
--> statement-breakpoint
CREATE TABLE webhook_delivery (
  jurisdiction_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  webhook_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  at_utc INTEGER NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  answer TEXT NOT NULL,
  answered_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, webhook_id) REFERENCES webhook (jurisdiction_id, id),
  CONSTRAINT webhook_delivery_state CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped'))
) STRICT;
--> statement-breakpoint
CREATE INDEX webhook_delivery_due ON webhook_delivery (state, next_at);
--> statement-breakpoint
ALTER TABLE survey ADD COLUMN embed_origins TEXT NOT NULL DEFAULT '[]';
