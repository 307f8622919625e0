// How an answer gets in: this file is all the SQL that touches one.
//
// One commit holds several people's responses. Its rows go table by table, each table in the order of its own random
// keys, so the order inside the file says nothing about who came first. No statement knows a time, an address, a
// session or a request; a slip knows its day. In live mode the roll and the slips share a commit, which is why such
// forms say "confidential, not anonymous against the operator". In sealed mode a commit holds rows of the roll, or spent
// tickets with their envelopes, and never both. A contact for the auditor has a commit of its own in either mode.
import type { Statement } from '../database.ts'
import type { BoxItem, ContactItem, IssueItem, LiveComment, LiveItem, LiveSlip, OpenedCase } from './items.ts'

/** Which sums a slip belongs to. */
export interface CellRef {
  readonly jurisdiction: number
  readonly survey: number
  readonly organ: number
  readonly cell: string
}

// ---- what the writer reads before it decides ----------------------------------------------------------------------

/** Which of these people have answered, and with which body. */
export function findRolls(jurisdiction: number, survey: number, pseudonyms: readonly Uint8Array[]): Statement {
  return amongPeople('SELECT p, bh FROM roll', jurisdiction, survey, pseudonyms)
}

/** Which of these people may not answer, such as staff of a rated organ. */
export function findExcluded(jurisdiction: number, survey: number, pseudonyms: readonly Uint8Array[]): Statement {
  return amongPeople('SELECT p FROM excluded', jurisdiction, survey, pseudonyms)
}

// Up to 256 people in one look-up. The list is filled up with its last entry to a multiple of 16, so that few different
// statements are prepared.
function amongPeople(
  select: string,
  jurisdiction: number,
  survey: number,
  pseudonyms: readonly Uint8Array[],
): Statement {
  return among(`${select} WHERE jurisdiction_id = ? AND survey_id = ? AND p`, jurisdiction, survey, pseudonyms)
}

function among(select: string, jurisdiction: number, survey: number, wanted: readonly Uint8Array[]): Statement {
  const places = Math.ceil(wanted.length / 16) * 16
  const keys = Array.from({ length: places }, (_, i) => wanted[Math.min(i, wanted.length - 1)]!)
  return { sql: `${select} IN (?${', ?'.repeat(places - 1)})`, args: [jurisdiction, survey, ...keys] }
}

/** Which of these tickets are spent, and what lies in the box for them; after the opening there is no box. */
export function findEnvelopes(jurisdiction: number, survey: number, tags: readonly Uint8Array[]): Statement {
  return among(
    `SELECT s.tag, b.ver, b.enc, b.ct FROM spent AS s LEFT JOIN box AS b USING (jurisdiction_id, survey_id, tag)
      WHERE s.jurisdiction_id = ? AND s.survey_id = ? AND s.tag`,
    jurisdiction,
    survey,
    tags,
  )
}

/** Of which of these people a contact is kept. */
export function findContacts(jurisdiction: number, survey: number, pseudonyms: readonly Uint8Array[]): Statement {
  return amongPeople('SELECT p FROM audit_contact', jurisdiction, survey, pseudonyms)
}

/** Whether the survey takes answers, and how. */
export function findState(jurisdiction: number, survey: number): Statement {
  return {
    sql: 'SELECT state, mode, paused_at FROM survey WHERE jurisdiction_id = ? AND id = ?',
    args: [jurisdiction, survey],
  }
}

/** The questionnaire tells what is summed. */
export function findBody(jurisdiction: number, survey: number): Statement {
  return {
    sql: `SELECT q.body FROM survey AS s JOIN questionnaire AS q ON q.jurisdiction_id = s.jurisdiction_id
      AND q.id = s.questionnaire_id AND q.version = s.questionnaire_version AND q.hash = s.questionnaire_hash
      WHERE s.jurisdiction_id = ? AND s.id = ?`,
    args: [jurisdiction, survey],
  }
}

/** The stored sums of a cell, to which a commit adds. */
export function findSums({ jurisdiction, survey, organ, cell }: CellRef): Statement {
  return {
    sql: `SELECT sums FROM tally
      WHERE jurisdiction_id = ? AND survey_id = ? AND organ_id = ? AND cell = ? AND ledger = 'clean'`,
    args: [jurisdiction, survey, organ, cell],
  }
}

// ---- what one commit writes, in this order ------------------------------------------------------------------------

/** First of every commit: the number that this writer took at its start still stands, or nothing is written. */
export function stillTheWriter(epoch: number): Statement {
  return {
    sql: 'INSERT INTO guard (ok) SELECT -1 WHERE NOT EXISTS (SELECT 1 FROM writer_epoch WHERE id = 1 AND epoch = ?)',
    args: [epoch],
  }
}

/** Before or after close, never both: if the survey was closed since the writer looked, the whole commit is undone. */
export function stillOpen(jurisdiction: number, survey: number): Statement {
  return {
    sql: `INSERT INTO guard (ok) SELECT 0 WHERE NOT EXISTS
      (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'open')`,
    args: [jurisdiction, survey],
  }
}

/** The primary key lets a person through once. A plain INSERT: a second one fails the commit and is looked at alone. */
export function addToRoll(item: LiveItem | IssueItem): Statement {
  return {
    sql: `INSERT INTO roll (jurisdiction_id, survey_id, p, cell, bh)
      SELECT jurisdiction_id, id, ?, ?, ? FROM survey
      WHERE jurisdiction_id = ? AND id = ? AND state = 'open' AND mode = ?`,
    args: [
      item.pseudonym,
      item.cell,
      item.bodyHash,
      item.jurisdiction,
      item.survey,
      item.kind === 'live' ? 'live' : 'sealed',
    ],
  }
}

/** The tag that the receipt names. */
export function spend(item: LiveItem): Statement {
  return {
    sql: `INSERT INTO spent (jurisdiction_id, survey_id, tag, cell, msg, sig, logged)
      SELECT jurisdiction_id, survey_id, ?, cell, x'', x'', 0 FROM roll
      WHERE jurisdiction_id = ? AND survey_id = ? AND p = ? AND bh = ?`,
    args: [item.tag, item.jurisdiction, item.survey, item.pseudonym, item.bodyHash],
  }
}

/** A slip gets in only beside the roll row of its own response. */
export function keepSlip(item: LiveItem, slip: LiveSlip): Statement {
  return {
    sql: `INSERT INTO slip (jurisdiction_id, survey_id, id, organ_id, cell, answers, salt, day)
      SELECT jurisdiction_id, survey_id, ?, ?, ?, ?, ?, ? FROM roll
      WHERE jurisdiction_id = ? AND survey_id = ? AND p = ? AND bh = ?`,
    args: [
      slip.id,
      slip.organ,
      slip.cell,
      JSON.stringify(slip.answers),
      slip.salt,
      item.day,
      item.jurisdiction,
      item.survey,
      item.pseudonym,
      item.bodyHash,
    ],
  }
}

/** A comment has its own id and neither cell nor day, so that no table can match it with the slip it came with. */
export function keepComment(item: LiveItem, comment: LiveComment): Statement {
  return {
    sql: `INSERT INTO comment (jurisdiction_id, survey_id, id, organ_id, text, salt, state)
      SELECT jurisdiction_id, survey_id, ?, ?, ?, ?, 'new' FROM roll
      WHERE jurisdiction_id = ? AND survey_id = ? AND p = ? AND bh = ?`,
    args: [
      comment.id,
      comment.organ,
      comment.text,
      comment.salt,
      item.jurisdiction,
      item.survey,
      item.pseudonym,
      item.bodyHash,
    ],
  }
}

/** A case has no key in common with anything of its response. Who sends somebody else's mailbox along opens no second one. */
export function openCase(item: LiveItem, { mailbox, name, organ, level, said, text, dueOn }: OpenedCase): Statement {
  return {
    sql: `INSERT INTO low_rating (jurisdiction_id, survey_id, mailbox, organ_id, level, said, text, opened_on, due_on, state,
        extension, reply, answered_on, confirmed_on, rerated, told_on, name)
      SELECT jurisdiction_id, survey_id, unhex(?), ?, ?, ?, ?, ?, ?, 'waiting', '', '', 0, 0, 0, 0, ? FROM roll
      WHERE jurisdiction_id = ? AND survey_id = ? AND p = ? AND bh = ? ON CONFLICT DO NOTHING`,
    args: [
      ...[mailbox, organ, level, JSON.stringify(said), text, item.day, dueOn, name],
      ...[item.jurisdiction, item.survey, item.pseudonym, item.bodyHash],
    ],
  }
}

/** How many took part, per verified cell, channel and day. */
export function countParticipation(item: LiveItem | IssueItem, n: number): Statement {
  return {
    sql: `INSERT INTO participation (jurisdiction_id, survey_id, cell, channel, day, n) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (jurisdiction_id, survey_id, cell, channel, day) DO UPDATE SET n = n + excluded.n`,
    args: [item.jurisdiction, item.survey, item.cell, item.channel, item.day, n],
  }
}

/** For how many people a member of the staff wrote the answers down on a day; the way is that of the channel. */
export function countAssisted(item: LiveItem | IssueItem, assistant: string, n: number): Statement {
  return {
    sql: `INSERT INTO assistance (jurisdiction_id, survey_id, user_id, way, day, n) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (jurisdiction_id, survey_id, user_id, way, day) DO UPDATE SET n = n + excluded.n`,
    args: [item.jurisdiction, item.survey, assistant, item.channel, item.day, n],
  }
}

/** How many people could not seal on their own device; the number is published. */
export function countForms({ jurisdiction, survey, cell }: IssueItem, n: number): Statement {
  return {
    sql: `INSERT INTO survey_count (jurisdiction_id, survey_id, cell, name, n) VALUES (?, ?, ?, 'form', ?)
      ON CONFLICT (jurisdiction_id, survey_id, cell, name) DO UPDATE SET n = n + excluded.n`,
    args: [jurisdiction, survey, cell, n],
  }
}

/** The primary key lets a drawn ticket through once. */
export function spendTicket(item: BoxItem): Statement {
  return {
    sql: `INSERT INTO spent (jurisdiction_id, survey_id, tag, cell, msg, sig, logged)
      SELECT jurisdiction_id, id, ?, ?, ?, ?, 0 FROM survey
      WHERE jurisdiction_id = ? AND id = ? AND state = 'open' AND mode = 'sealed'`,
    args: [item.tag, item.cell, item.message, item.signature, item.jurisdiction, item.survey],
  }
}

/** An envelope gets in only beside its spent ticket. */
export function keepEnvelope(item: BoxItem): Statement {
  return {
    sql: `INSERT INTO box (jurisdiction_id, survey_id, tag, ver, enc, ct)
      SELECT jurisdiction_id, survey_id, tag, ?, ?, ? FROM spent
      WHERE jurisdiction_id = ? AND survey_id = ? AND tag = ?`,
    args: [item.version, item.enc, item.ct, item.jurisdiction, item.survey, item.tag],
  }
}

/** A newer envelope takes the place of an older one, of which nothing stays. */
export function replaceEnvelope(item: BoxItem): Statement {
  return {
    sql: `UPDATE box SET ver = ?, enc = ?, ct = ?
      WHERE jurisdiction_id = ? AND survey_id = ? AND tag = ? AND ver < ?`,
    args: [item.version, item.enc, item.ct, item.jurisdiction, item.survey, item.tag, item.version],
  }
}

/** The first contact stays. After the draw none gets in: how many have none was written down with it. */
export function keepContact({ jurisdiction, survey, pseudonym, sealed }: ContactItem): Statement {
  return {
    sql: `INSERT INTO audit_contact (jurisdiction_id, survey_id, p, ct)
      SELECT jurisdiction_id, id, ?, ? FROM survey AS s WHERE jurisdiction_id = ? AND id = ?
        AND NOT EXISTS (SELECT 1 FROM audit_draw AS d WHERE d.jurisdiction_id = s.jurisdiction_id AND d.survey_id = s.id)
        AND NOT EXISTS (SELECT 1 FROM retirement AS r WHERE r.jurisdiction_id = s.jurisdiction_id AND r.survey_id = s.id)
      ON CONFLICT (jurisdiction_id, survey_id, p) DO NOTHING`,
    args: [pseudonym, sealed, jurisdiction, survey],
  }
}

/** The sums of a cell after this commit; in the slips' own transaction, so sums and slips agree after any crash. */
export function writeSums({ jurisdiction, survey, organ, cell }: CellRef, slips: number, sums: Uint8Array): Statement {
  return {
    sql: `INSERT INTO tally (jurisdiction_id, survey_id, organ_id, cell, ledger, slips, sums)
      VALUES (?, ?, ?, ?, 'clean', ?, ?)
      ON CONFLICT (jurisdiction_id, survey_id, organ_id, cell, ledger)
      DO UPDATE SET slips = excluded.slips, sums = excluded.sums`,
    args: [jurisdiction, survey, organ, cell, slips, sums],
  }
}

// ---- second moments: later, at most once a second -----------------------------------------------------------------

/** The stored second moments of a cell. */
export function findMoments({ jurisdiction, survey, organ, cell }: CellRef): Statement {
  return {
    sql: `SELECT m FROM tally_moments
      WHERE jurisdiction_id = ? AND survey_id = ? AND organ_id = ? AND cell = ? AND ledger = 'clean'`,
    args: [jurisdiction, survey, organ, cell],
  }
}

/** The second moments of a cell; `slips` says how many they cover. */
export function writeMoments({ jurisdiction, survey, organ, cell }: CellRef, slips: number, m: Uint8Array): Statement {
  return {
    sql: `INSERT INTO tally_moments (jurisdiction_id, survey_id, organ_id, cell, ledger, slips, m)
      VALUES (?, ?, ?, ?, 'clean', ?, ?)
      ON CONFLICT (jurisdiction_id, survey_id, organ_id, cell, ledger)
      DO UPDATE SET slips = excluded.slips, m = excluded.m`,
    args: [jurisdiction, survey, organ, cell, slips, m],
  }
}

/** Cells whose second moments do not cover all their slips, as after a crash. */
export const findBehind: Statement = {
  sql: `SELECT t.jurisdiction_id, t.survey_id, t.organ_id, t.cell FROM tally AS t
    LEFT JOIN tally_moments AS m USING (jurisdiction_id, survey_id, organ_id, cell, ledger)
    WHERE t.ledger = 'clean' AND t.slips <> coalesce(m.slips, 0)
    ORDER BY t.jurisdiction_id, t.survey_id`,
  args: [],
}

/**
 * The next slips of a survey that are not quarantined, in the order of their ids; ids are random, so any order of counting
 * gives the same sums.
 */
export function nextSlips(jurisdiction: number, survey: number, after: Uint8Array, limit: number): Statement {
  return {
    sql: `SELECT id, organ_id, cell, answers FROM slip AS s
      WHERE jurisdiction_id = ? AND survey_id = ? AND id > ?
        AND NOT EXISTS (SELECT 1 FROM quarantined_slip AS q
          WHERE q.jurisdiction_id = s.jurisdiction_id AND q.survey_id = s.survey_id AND q.id = s.id)
      ORDER BY id LIMIT ?`,
    args: [jurisdiction, survey, after, limit],
  }
}

// ---- who writes ---------------------------------------------------------------------------------------------------

// An epoch is a number of two parts: which writer (the upper bits, raised by each one that starts) and how often this
// writer had to begin anew. Both only grow, so a commit that was given up on and arrives late finds a newer number.

/** A writer starts; the one before can write no more. */
export const takeEpoch: Statement = {
  sql: 'UPDATE writer_epoch SET epoch = ((epoch >> 20) + 1) << 20 WHERE id = 1 RETURNING epoch',
  args: [],
}

/** The same writer begins anew after a commit whose end it does not know; no row if another writer has taken over. */
export function renewEpoch(epoch: number): Statement {
  return {
    sql: `UPDATE writer_epoch SET epoch = ? WHERE id = 1 AND epoch < ? AND (epoch >> 20) = (? >> 20) RETURNING epoch`,
    args: [epoch, epoch, epoch],
  }
}

/** Moves a survey on; the writer knows this text and settles its sums whenever it sees it. */
export function moveSurvey(jurisdiction: number, survey: number, from: string, to: string): Statement {
  return {
    sql: 'UPDATE survey SET state = ? WHERE jurisdiction_id = ? AND id = ? AND state = ? RETURNING id',
    args: [to, jurisdiction, survey, from],
  }
}

/** Whether a statement is one of `moveSurvey`. */
export const isSurveyMove = ({ sql }: Statement): boolean => sql === MOVE_SURVEY
const MOVE_SURVEY = moveSurvey(0, 0, '', '').sql

/** Whether any of these says something of answers, tickets or people: of the box, the slips, their sums or leaves, the roll. */
export const touchesAnswers = (statements: readonly Statement[]): boolean =>
  statements.some(({ sql }) => ANSWERS.test(sql))
const ANSWERS =
  /\b(spent|box|slip|comment|low_rating|tally|tally_moments|quarantined_slip|log_leaf|roll|audit_contact)\b/
