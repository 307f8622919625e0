import type { CommandsMessages } from './commands.ts'

/** The commands of `npm run gongping`, one by one. */
export const commandsEn: CommandsMessages = {
  usage: 'Usage: npm run gongping -- COMMAND [OPTIONS]',
  usageEnd: `“COMMAND --help” says how one is called. --lang zh|en chooses the language, by LANG unless given; --json writes JSON;
--dry-run only checks. Ends with 0 when done, 1 when refused or not as it should be, 2 for a wrong usage or when it could not
be tried.`,
  missing: 'This needs {options}.',
  wordCount: 'This takes {count} words beside its options.',
  unknownOption: 'There is no option {option}.',
  optionValue: 'Option {option}: its value is missing, or it takes none.',
  unknownCommand: 'There is no command “{name}”.',

  line_init: 'a new installation: its place and the first two accounts',
  line_serve: 'start the server, as npm start does',
  line_migrate: 'bring the database to the schema of this program',
  line_seed: 'make the demonstration',
  line_doctor: 'look over an installation and say what to do',
  line_user_add: 'invite somebody to the staff',
  line_place_create: 'create a place with its first administrator',
  line_questionnaire: 'check, import or export questionnaire files',
  line_cycle_create: 'begin a cycle',
  line_organs_import: 'import the agencies of a cycle',
  line_roster_import: 'import the roster of a survey',
  line_services_import: 'import a list of services, whose people are invited',
  line_import_12345: 'register results of the 12345 hotline',
  line_import_haochaping: 'register ratings that were given at counters',
  line_survey_request_open: 'request the opening of a survey, for another administrator to approve',
  line_survey_request_close: 'request an early close, for another administrator to approve',
  line_invite_print: 'write the codes that have not gone out as letters, once',
  line_qr: 'make the QR code of a survey or channel',
  line_results_compute: 'compute and show the results of a cycle',
  line_publication_build: 'make the files of a publication and request it, for another administrator to approve',
  line_publication_verify: 'verify published files',
  line_export: 'make tables of published files',
  line_audit_verify: 'check the audit chain and its signed heads',
  line_audit: 'a participation audit: make the key, open the sample',
  line_log: 'watch public logs',
  line_backup: 'back up the database, counted again first',
  line_restore: 'check a backup and put it back',
  line_retire: '30 days after the publication, destroy the roll and key of a survey; the server does it by itself',

  help_init: `Usage: npm run gongping -- init --place CODE --name-zh NAME --name-en NAME --admin EMAIL --office EMAIL [--json]

Makes a place, the platform's administrator and the first administrator of the office in an empty database, and shows two
one-time links, by which each sets a password within three days. The links are shown this once. The server has to be stopped.
A database with a place is left as it is.`,
  help_serve: `Usage: npm run gongping -- serve

Starts the server with the settings of the environment, as npm start does; Ctrl+C stops it.`,
  help_migrate: `Usage: npm run gongping -- migrate [--dry-run] [--json]

Brings the database to the schema of this program, all or nothing; a start of the server does it too. The server has to be
stopped; --dry-run only says how many steps are missing. Back up first.`,
  help_seed: `Usage: npm run gongping -- seed --demo

Makes the demonstration (the fictional province of Jiangzhou) in an empty database. SEED_SCALE=0.05 in the environment makes
a twentieth of it.`,
  help_user_add: `Usage: npm run gongping -- user add EMAIL --place PLACE --role ROLE --name NAME --as EMAIL [--organ CODE] [--reason TEXT] [--json]

Invites somebody in the name of the administrator of the office after --as, and shows a one-time link that holds for three
days. Roles: office_admin, analyst, reviewer, organ_officer, interviewer, auditor; reviewer and organ_officer need --organ.
office_admin and auditor need --reason and the approval of another administrator. The server has to be stopped.`,
  help_place_create: `Usage: npm run gongping -- place create CODE --level province|city|county --name-zh NAME --name-en NAME --office EMAIL --as EMAIL
      [--above PLACE] [--json]

Creates a place in the name of the platform administrator after --as, and shows a one-time link for its first office
administrator that holds for three days. The server has to be stopped.`,
  help_cycle_create: `Usage: npm run gongping -- cycle create PLACE/CYCLE --opens TIME --closes TIME --results DAY --phone PHONE --as EMAIL
      [--from CYCLE] [--title-zh TITLE] [--title-en TITLE] [--dry-run] [--json]

A time is 2026-03-10T09:00 (of Beijing), a day 2026-04-20. --from takes agencies, plan and questionnaires of another cycle;
without it they are those of the provincial plan of 2013. The server has to be stopped, but not for --dry-run.`,
  help_organs_import: `Usage: npm run gongping -- organs import FILE --cycle PLACE/CYCLE --as EMAIL [--dry-run] [--json]

FILE is CSV or XLSX as on the page of agencies: all of it is imported, or nothing, with each wrong row named. --dry-run shows
what would be added, changed and removed. The server has to be stopped, but not for --dry-run.`,
  help_roster_import: `Usage: npm run gongping -- roster import FILE --survey PLACE/SURVEY --as EMAIL [--dry-run] [--json]

Imports a roster of leaders or of services with the columns of the page Invitations: CSV with up to 200,000 rows, XLSX with up
to 20,000. All of it, or with one mistake nothing. --dry-run only checks. The server must be stopped, but for --dry-run.`,
  help_services_import: `Usage: npm run gongping -- services import FILE --survey PLACE/SURVEY --as EMAIL [--dry-run] [--json]

Imports services that people have had, as roster import does for a survey of recipients: each row one service with its agency,
day and the person's telephone or e-mail. All of it, or with one mistake nothing. The server must be stopped, but for --dry-run;
beside a running one other systems tell of services at /docs/api.`,
  help_import_12345: `Usage: npm run gongping -- import 12345 FILE --cycle PLACE/CYCLE --title TEXT --mode TEXT --population TEXT
  --from DAY --to DAY --as EMAIL [--scale 满意=100,不满意=0] [--same-population] [--same-mode] [--dry-run] [--json]

Registers follow-ups of the 12345 hotline as existing results: columns for number, agency, day and rating, CSV or XLSX with up
to 50,000 rows. All of it, or with one mistake nothing; a number that is registered is not added again. --dry-run only checks.
The server must be stopped, but for --dry-run.`,
  help_import_haochaping: `Usage: npm run gongping -- import haochaping FILE --cycle PLACE/CYCLE --title TEXT --mode TEXT
  --population TEXT --from DAY --to DAY --as EMAIL [--scale 满意=100,不满意=0] [--same-population] [--same-mode]
  [--dry-run] [--json]

Registers ratings of services (haochaping) as existing results, by the rules of import 12345. Where the plan says so, services
with the same number get no invitation.`,
  help_survey_request_open: `Usage: npm run gongping -- survey request-open PLACE/SURVEY --as EMAIL [--json]

Checks that the survey is complete, makes the plan final, makes the manifest and requests the opening. Another administrator
of the office approves it on the page of approvals. The server has to be stopped.`,
  help_survey_request_close: `Usage: npm run gongping -- survey request-close PLACE/SURVEY --reason TEXT --as EMAIL [--json]

Requests to close before the set time. Another administrator of the office approves it on the page of approvals. The server
has to be stopped.`,
  help_invite_print: `Usage: npm run gongping -- invite print PLACE/SURVEY --out FILE.csv --as EMAIL [--dry-run] [--json]

Writes the codes and links that have not gone out as CSV for a printing works. They count as gone out and are never shown
again; a lost file cannot be written anew. --dry-run only says how many there are. The server has to be stopped, but not for
--dry-run.`,
  help_qr: `Usage: npm run gongping -- qr PLACE/SURVEY [--channel CODE] [--out FILE.svg]

Makes a QR code as SVG: of the entrance of a survey, or of the address of a channel. Without --out to standard output.`,
  help_results_compute: `Usage: npm run gongping -- results compute PLACE/CYCLE --as EMAIL [--check] [--json]

Shows scores, intervals and numbers of responses as the page of results does: a running survey in batches, and nothing from
too few. With --check it computes the locked summing up once more from the stored facts and compares it byte for byte; where
they differ it names the first place and ends with 1. The person after --as has to be allowed to see results. Writes nothing.`,
  help_publication_build: `Usage: npm run gongping -- publication build PLACE/CYCLE --as EMAIL [--json]

Makes the files of the publication, verifies them, and requests to publish. They are public once another administrator of the
office has approved on the page of approvals. The server has to be stopped.`,
  help_publication_verify: `Usage: npm run gongping -- publication verify DIR|URL [--json] [--max-gb N]

Checks published results from their files alone, without database or keys, as npm run verify does. --max-gb bounds what is
taken from an address, in gigabytes (10⁹ bytes).`,
  help_audit_verify: `Usage: npm run gongping -- audit verify [--json]

Computes the audit chain again, entry by entry, and compares it with its signed heads. May run beside the server, and writes
nothing.`,

  unknown_place: 'There is no place {place}.',
  not_permitted: '{email} may not do this in {place}, or is nobody’s account.',
  noCycle: 'There is no cycle {name}, or it has no plan yet.',
  noSurvey: 'There is no survey {name}.',
  badName: '“{name}” should be PLACE/NAME.',
  noRole: 'There is no role “{role}”. Known: {roles}.',

  initDone:
    'The place {place} is made. Hand each of the two people their link; it holds for three days and is shown this once:',
  initLink: '{role} {email}: {link}',
  notEmpty: 'The database has a place already, and was left as it is.',
  notPlatform: '{email} is no platform administrator; nothing was changed.',
  placeCreated:
    '{place} was created, with {email} as its first administrator. The one-time link holds for three days and is shown this once:\n{link}',
  migrated: 'The database was brought forward by {n} steps.',
  wouldMigrate: 'The database lacks {n} steps, and was left as it is.',
  seedNeedsDemo: 'There is nothing but the demonstration to make: write seed --demo.',

  userLinked: 'The account of {email} is made. The one-time link holds for three days and is shown this once:\n{link}',
  userProposed: 'Proposed. Once another administrator has approved, the link is made on the person’s page.',

  cycleBegun: 'The cycle {name} has begun.',
  cycleFits: 'The cycle {name} could begin; nothing was written.',
  organsSaved: '{name}: {added} added, {changed} changed, {removed} removed; imported.',
  organsFit: '{name}: {added} to add, {changed} to change, {removed} to remove; nothing was written.',

  requestedOpen: 'The opening of {name} is requested; another administrator has to approve it.',
  requestedClose: 'The close of {name} is requested; another administrator has to approve it.',
  requestedPublication:
    'The files are made and verified, and the publication of {name} is requested; another administrator has to approve it.',
  lacks: '{name} cannot open yet:',

  codesWritten: '{n} codes are in {file}. Keep it safe, and destroy it once it is printed.',
  codesWaiting: '{n} codes have not gone out; nothing was written.',
  noCodes: '{name} has no codes that wait to go out.',

  rows_checking: 'rows checked',
  rows_writing: 'rows written',
  noServices: '{name} does not ask about services',

  noChannel: '{name} has no channel {channel}.',
  written: '{file} is written.',

  resultsHead: '{name}, plan {hash}',
  sumNone: 'Nothing of {name} is locked yet.',
  sumSame: 'Version {version} of the summing up of {name} follows again from the stored facts, byte for byte: {hash}',
  sumDiffers:
    'What follows from the stored facts of {name} is not locked version {version}. First difference at {path}: now “{found}”, locked “{expected}”.',
  resultsLine: '{organ}  satisfaction {satisfaction}  overall {overall} {grade}  responses {n}',
  resultsInterval: '{score} ({low}–{high})',

  auditGood: 'The audit chain holds: {n} entries, head {hash}, as its {heads} signed heads say.',
  auditBroken: 'The audit chain does not hold from entry {n}.',
  auditOtherHead: 'The audit chain differs from the head that was signed at entry {n}.',
}
