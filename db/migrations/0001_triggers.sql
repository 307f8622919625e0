-- The record of answers and the record of acts are written once.
CREATE TRIGGER slip_keeps_rows BEFORE UPDATE ON slip
BEGIN SELECT RAISE(ABORT, 'slip: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER slip_keeps_all BEFORE DELETE ON slip
BEGIN SELECT RAISE(ABORT, 'slip: a row is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER audit_keeps_rows BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit: a row is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER audit_keeps_all BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit: a row is never deleted'); END;
--> statement-breakpoint
-- A plan that was fixed, a questionnaire that may have been answered and the terms of a survey that was opened stay
-- what they were: their hashes are printed and logged.
CREATE TRIGGER plan_frozen_stays BEFORE UPDATE ON plan WHEN OLD.frozen_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'plan: a frozen plan is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER plan_frozen_kept BEFORE DELETE ON plan WHEN OLD.frozen_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'plan: a frozen plan is never deleted'); END;
--> statement-breakpoint
CREATE TRIGGER questionnaire_stays BEFORE UPDATE ON questionnaire
BEGIN SELECT RAISE(ABORT, 'questionnaire: a version is never changed'); END;
--> statement-breakpoint
CREATE TRIGGER survey_terms_stay
BEFORE UPDATE OF
  id, code, cycle_id, group_id, mode, counted, anchor, adapters, questionnaire_id, questionnaire_version,
  questionnaire_hash, manifest, manifest_hash
ON survey WHEN OLD.state NOT IN ('draft', 'ready')
BEGIN SELECT RAISE(ABORT, 'survey: the terms of an opened survey are never changed'); END;
--> statement-breakpoint
INSERT INTO jurisdiction (id, code, level, name_zh, name_en, created_at) VALUES (0, 'platform', 'platform', '平台', 'Platform', 0);
--> statement-breakpoint
INSERT INTO writer_epoch (id, epoch) VALUES (1, 0);
