CREATE TABLE installation (
  id INTEGER PRIMARY KEY NOT NULL,
  demo INTEGER NOT NULL,
  code_key_print BLOB,
  CONSTRAINT installation_single CHECK (id = 1),
  CONSTRAINT installation_demo CHECK (demo IN (0, 1)),
  CONSTRAINT installation_code_key_print CHECK (length(code_key_print) = 32)
) STRICT;
--> statement-breakpoint
CREATE TRIGGER installation_stays_demo BEFORE UPDATE ON installation WHEN OLD.demo = 1 AND NEW.demo <> 1
BEGIN SELECT RAISE(ABORT, 'installation: a demo stays one'); END;
--> statement-breakpoint
CREATE TRIGGER installation_kept BEFORE DELETE ON installation
BEGIN SELECT RAISE(ABORT, 'installation: the row is never deleted'); END;
--> statement-breakpoint
-- A demo that was made before there was a mark is known by its first sign-in, which everybody can read in the sources.
INSERT INTO installation (id, demo) SELECT 1, EXISTS (SELECT 1 FROM user WHERE email = 'office@demo.example');
