-- Every table is STRICT: a number stays a number, and text never turns into one.
-- Whatever stands near an answer is WITHOUT ROWID under random keys: a rowid would keep the order of arrival.
-- Keys begin with the jurisdiction; no column of a key may be NULL, since UNIQUE admits several NULLs.
CREATE TABLE jurisdiction (
  id INTEGER PRIMARY KEY NOT NULL,
  code TEXT NOT NULL,
  level TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX jurisdiction_code ON jurisdiction (code);
--> statement-breakpoint
CREATE TABLE organ (
  jurisdiction_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  code TEXT NOT NULL,
  class TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  short_zh TEXT NOT NULL,
  short_en TEXT NOT NULL,
  initials TEXT NOT NULL,
  keywords TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT organ_class CHECK (class IN ('party', 'government', 'byReference', 'central'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX organ_code ON organ (jurisdiction_id, code);
--> statement-breakpoint
CREATE TABLE cycle (
  jurisdiction_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  code TEXT NOT NULL,
  title_zh TEXT NOT NULL,
  title_en TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT cycle_state CHECK (state IN ('draft', 'targets', 'fieldwork', 'closed', 'reviewed', 'published', 'rectification', 'archived'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX cycle_code ON cycle (jurisdiction_id, code);
--> statement-breakpoint
CREATE TABLE cycle_organ (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE plan (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL,
  frozen_at INTEGER,
  PRIMARY KEY (jurisdiction_id, cycle_id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  CONSTRAINT plan_hash CHECK (length(hash) = 32)
) STRICT;
--> statement-breakpoint
CREATE TABLE questionnaire (
  jurisdiction_id INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, id, version),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT questionnaire_hash CHECK (length(hash) = 32)
) STRICT;
--> statement-breakpoint
CREATE TABLE survey (
  jurisdiction_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  code TEXT NOT NULL,
  cycle_id INTEGER NOT NULL,
  group_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  counted INTEGER NOT NULL,
  anchor TEXT NOT NULL,
  adapters TEXT NOT NULL,
  questionnaire_id TEXT NOT NULL,
  questionnaire_version INTEGER NOT NULL,
  questionnaire_hash BLOB NOT NULL,
  state TEXT NOT NULL,
  opens_at INTEGER NOT NULL,
  closes_at INTEGER NOT NULL,
  grace_minutes INTEGER NOT NULL,
  results_on INTEGER NOT NULL,
  expected INTEGER NOT NULL,
  phone TEXT NOT NULL,
  manifest TEXT,
  manifest_hash BLOB,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, questionnaire_id, questionnaire_version) REFERENCES questionnaire (jurisdiction_id, id, version),
  CONSTRAINT survey_group CHECK (group_id IN ('leaders', 'recipients', 'public')),
  CONSTRAINT survey_mode CHECK (mode IN ('live', 'sealed')),
  CONSTRAINT survey_counted CHECK (counted IN (0, 1)),
  CONSTRAINT survey_dates CHECK (opens_at < closes_at),
  CONSTRAINT survey_open_channel CHECK (anchor <> 'open' OR counted = 0),
  CONSTRAINT survey_state CHECK (state IN ('draft', 'ready', 'open', 'closed', 'opening', 'opened', 'published'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX survey_code ON survey (jurisdiction_id, code);
--> statement-breakpoint
CREATE INDEX survey_manifest ON survey (manifest_hash);
--> statement-breakpoint
CREATE TABLE channel (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  code TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, code),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX channel_code ON channel (code);
--> statement-breakpoint
CREATE TABLE invite (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  member TEXT NOT NULL,
  cell TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, h),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT invite_h_size CHECK (length(h) = 32),
  CONSTRAINT invite_cell CHECK (length(cell) BETWEEN 1 AND 24)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX invite_h ON invite (h);
--> statement-breakpoint
CREATE TABLE receipt_code (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  organ_id INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, h),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT receipt_code_h_size CHECK (length(h) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX receipt_code_h ON receipt_code (h);
--> statement-breakpoint
CREATE TABLE excluded (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  p BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, p),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT excluded_p CHECK (length(p) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE otp (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  code_hash BLOB NOT NULL,
  sent_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  day INTEGER NOT NULL,
  sent_today INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, h),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT otp_h CHECK (length(h) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE pow_spent (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  h BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, h),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT pow_spent_h CHECK (length(h) = 32)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE roll (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  p BLOB NOT NULL,
  cell TEXT NOT NULL,
  bh BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, p),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT roll_p CHECK (length(p) = 32),
  CONSTRAINT roll_bh CHECK (length(bh) = 32),
  CONSTRAINT roll_cell CHECK (length(cell) BETWEEN 1 AND 24)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE spent (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  tag BLOB NOT NULL,
  cell TEXT NOT NULL,
  msg BLOB NOT NULL,
  sig BLOB NOT NULL,
  logged INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, tag),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  CONSTRAINT spent_tag CHECK (length(tag) = 32),
  CONSTRAINT spent_cell CHECK (length(cell) BETWEEN 1 AND 24)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE slip (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  organ_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  answers TEXT NOT NULL,
  salt BLOB NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT slip_id CHECK (length(id) = 16),
  CONSTRAINT slip_salt CHECK (length(salt) = 16),
  CONSTRAINT slip_cell CHECK (length(cell) BETWEEN 1 AND 200),
  CONSTRAINT slip_day CHECK (day = 0 OR day BETWEEN 20000101 AND 29991231)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE comment (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  organ_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  salt BLOB NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, id),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT comment_id CHECK (length(id) = 16),
  CONSTRAINT comment_salt CHECK (length(salt) = 16),
  CONSTRAINT comment_state CHECK (state IN ('new', 'masked', 'released', 'withheld'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE tally (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  ledger TEXT NOT NULL,
  slips INTEGER NOT NULL,
  sums BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, organ_id, cell, ledger),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT tally_ledger CHECK (ledger IN ('clean', 'quarantined'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE tally_moments (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  ledger TEXT NOT NULL,
  slips INTEGER NOT NULL,
  m BLOB NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, organ_id, cell, ledger),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT tally_moments_ledger CHECK (ledger IN ('clean', 'quarantined'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE participation (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  channel TEXT NOT NULL,
  day INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, cell, channel, day),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE survey_count (
  jurisdiction_id INTEGER NOT NULL,
  survey_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  name TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, survey_id, cell, name),
  FOREIGN KEY (jurisdiction_id, survey_id) REFERENCES survey (jurisdiction_id, id)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE review (
  jurisdiction_id INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  organ_id INTEGER NOT NULL,
  indicator TEXT NOT NULL,
  lead TEXT NOT NULL,
  score TEXT NOT NULL,
  deduction TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (jurisdiction_id, cycle_id, organ_id, indicator, lead),
  FOREIGN KEY (jurisdiction_id, cycle_id) REFERENCES cycle (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id, organ_id) REFERENCES organ (jurisdiction_id, id),
  CONSTRAINT review_score CHECK (score GLOB '[0-9]*' AND score NOT GLOB '*[^0-9.]*'),
  CONSTRAINT review_deduction CHECK (deduction GLOB '[0-9]*' AND deduction NOT GLOB '*[^0-9.]*'),
  CONSTRAINT review_reason CHECK (deduction = '0' OR reason <> '')
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE user (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_verified INTEGER DEFAULT 0 NOT NULL,
  image TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  two_factor_enabled INTEGER DEFAULT 0 NOT NULL,
  disabled INTEGER DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX user_email ON user (email);
--> statement-breakpoint
CREATE TABLE session (
  id TEXT PRIMARY KEY NOT NULL,
  expires_at INTEGER NOT NULL,
  token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  user_id TEXT NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id) ON DELETE CASCADE,
  CONSTRAINT session_blank CHECK (coalesce(ip_address, '') = '' AND coalesce(user_agent, '') = '')
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX session_token ON session (token);
--> statement-breakpoint
CREATE INDEX session_user ON session (user_id);
--> statement-breakpoint
CREATE TABLE account (
  id TEXT PRIMARY KEY NOT NULL,
  account_id TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  access_token TEXT,
  refresh_token TEXT,
  id_token TEXT,
  access_token_expires_at INTEGER,
  refresh_token_expires_at INTEGER,
  scope TEXT,
  password TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id) ON DELETE CASCADE
) STRICT;
--> statement-breakpoint
CREATE INDEX account_user ON account (user_id);
--> statement-breakpoint
CREATE UNIQUE INDEX account_provider ON account (provider_id, account_id);
--> statement-breakpoint
CREATE TABLE verification (
  id TEXT PRIMARY KEY NOT NULL,
  identifier TEXT NOT NULL,
  value TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX verification_identifier ON verification (identifier);
--> statement-breakpoint
CREATE TABLE two_factor (
  id TEXT PRIMARY KEY NOT NULL,
  secret TEXT NOT NULL,
  backup_codes TEXT NOT NULL,
  user_id TEXT NOT NULL,
  verified INTEGER DEFAULT 1 NOT NULL,
  failed_verification_count INTEGER DEFAULT 0 NOT NULL,
  locked_until INTEGER,
  last_step INTEGER DEFAULT 0 NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id) ON DELETE CASCADE
) STRICT;
--> statement-breakpoint
CREATE INDEX two_factor_secret ON two_factor (secret);
--> statement-breakpoint
CREATE UNIQUE INDEX two_factor_user ON two_factor (user_id);
--> statement-breakpoint
CREATE TABLE session_state (
  session_id TEXT PRIMARY KEY NOT NULL,
  reauth_at INTEGER NOT NULL,
  FOREIGN KEY (session_id) REFERENCES session (id) ON DELETE CASCADE
) STRICT;
--> statement-breakpoint
CREATE TABLE grants (
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
  CONSTRAINT grants_role CHECK (role IN ('platform_admin', 'office_admin', 'analyst', 'reviewer', 'organ_officer', 'auditor')),
  CONSTRAINT grants_platform CHECK ((role = 'platform_admin') = (jurisdiction_id = 0))
) STRICT;
--> statement-breakpoint
CREATE INDEX grants_user ON grants (user_id);
--> statement-breakpoint
CREATE TABLE auth_failures (
  account TEXT NOT NULL,
  window INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (account, window)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE approvals (
  jurisdiction_id INTEGER NOT NULL,
  id TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload_hash BLOB NOT NULL,
  proposer TEXT NOT NULL,
  approver TEXT,
  state TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  decided_at INTEGER,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction_id, id),
  FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (id),
  CONSTRAINT approvals_two_persons CHECK (approver IS NULL OR approver <> proposer),
  CONSTRAINT approvals_state CHECK (state IN ('proposed', 'approved', 'rejected', 'expired')),
  CONSTRAINT approvals_decided CHECK (state <> 'approved' OR (approver IS NOT NULL AND decided_at IS NOT NULL)),
  CONSTRAINT approvals_payload CHECK (length(payload_hash) = 32)
) STRICT;
--> statement-breakpoint
CREATE INDEX approvals_subject ON approvals (jurisdiction_id, subject);
--> statement-breakpoint
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY NOT NULL,
  at_utc INTEGER NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  jurisdiction_id INTEGER NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  before_hash BLOB,
  after_hash BLOB,
  req TEXT NOT NULL,
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  CONSTRAINT audit_outcome CHECK (outcome IN ('done', 'refused')),
  CONSTRAINT audit_hashes CHECK (length(prev_hash) = 32 AND length(hash) = 32)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX audit_hash ON audit (hash);
--> statement-breakpoint
CREATE INDEX audit_jurisdiction ON audit (jurisdiction_id, seq);
--> statement-breakpoint
CREATE TABLE writer_epoch (
  id INTEGER PRIMARY KEY NOT NULL,
  epoch INTEGER NOT NULL,
  CONSTRAINT writer_epoch_single CHECK (id = 1)
) STRICT;
--> statement-breakpoint
CREATE TABLE guard (
  ok INTEGER NOT NULL,
  CONSTRAINT guard_failed CHECK (ok IN (1, -1)),
  CONSTRAINT writer_replaced CHECK (ok <> -1)
) STRICT;
