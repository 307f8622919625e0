-- A plan that was fixed may be opened again until the first survey opens: what changes then is that it is fixed, nothing
-- else. Everything that was agreed about it is void by the same act.
DROP TRIGGER plan_frozen_stays;
--> statement-breakpoint
CREATE TRIGGER plan_frozen_stays BEFORE UPDATE ON plan WHEN OLD.frozen_at IS NOT NULL AND NOT (
  NEW.frozen_at IS NULL AND NEW.jurisdiction_id = OLD.jurisdiction_id AND NEW.cycle_id = OLD.cycle_id
  AND NEW.id = OLD.id AND NEW.version = OLD.version AND NEW.body = OLD.body AND NEW.hash = OLD.hash
  AND NOT EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = OLD.jurisdiction_id AND cycle_id = OLD.cycle_id
    AND state NOT IN ('draft', 'ready')))
BEGIN SELECT RAISE(ABORT, 'plan: a frozen plan is never changed'); END;
