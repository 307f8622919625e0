import { eq } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { ok, type Result } from '../surveys/result.ts'
import { handing } from './addressees.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Value, type Writer } from './database.ts'
import type { Mailing } from './mailings.ts'
import { mailingPreparation } from './schema-invitations.ts'
import type { Scope } from './scope.ts'

// How a run of messages comes to be. Its messages are added by parts while it waits, so that a long roster holds nobody up;
// whatever ends the work before leaves a run of which nothing has gone out, and which the next start takes back.

/** How many reminders a survey sends at most, and the days between one run of messages and the next reminder. */
export const reminderLimits = { most: 2, gapDays: 3 }

/**
 * Begins a run of messages, which waits while they are added, and answers its number. `conflict`: the survey takes no answers
 * now, another run is going on or being prepared, or it is too soon or too late for a reminder.
 */
export async function beginMailing(
  writer: Writer,
  scope: Scope,
  act: {
    readonly survey: number
    readonly via: Mailing['via']
    readonly kind: Mailing['kind']
    /** Canonical text of the words in each language. */
    readonly body: string
    readonly now: number
  },
): Promise<Result<number, 'conflict'>> {
  const { survey, via, kind, body, now } = act
  const key = [scope.jurisdiction, survey]
  const isNoMore = 'NOT EXISTS (SELECT 1 FROM mailing WHERE jurisdiction_id = ?1 AND survey_id = ?2'
  const statements: Statement[] = [isTakingAnswers(key, now), guard(`${isNoMore} AND state <> 'ended')`, key)]
  if (kind === 'reminder')
    statements.push(
      guard(`${isNoMore} AND started_at > ?3)`, [...key, now - reminderLimits.gapDays * 86_400_000]),
      guard("(SELECT count(*) FROM mailing WHERE jurisdiction_id = ? AND survey_id = ? AND kind = 'reminder') < ?", [
        ...key,
        reminderLimits.most,
      ]),
    )
  statements.push(
    {
      sql: `INSERT INTO mailing (jurisdiction_id, survey_id, id, via, kind, body, state, why, tries, retry_at, started_at)
        SELECT ?1, ?2, coalesce(max(id), 0) + 1, ?3, ?4, ?5, 'paused', '', 0, 0, ?6 FROM mailing
        WHERE jurisdiction_id = ?1 AND survey_id = ?2`,
      args: [...key, via, kind, body, now],
    },
    {
      sql: `INSERT INTO mailing_preparation (jurisdiction_id, survey_id, mailing_id)
        SELECT ?1, ?2, max(id) FROM mailing WHERE jurisdiction_id = ?1 AND survey_id = ?2 RETURNING mailing_id AS id`,
      args: key,
    },
  )
  const written = await writer.transact({ statements })
  return written.ok ? ok(Number(written.value.at(-1)![0]!['id'])) : written
}

/** A guard: the survey of this key, jurisdiction and survey, takes answers at `now`. */
export const isTakingAnswers = (key: readonly Value[], now: number): Statement =>
  guard("EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'open' AND closes_at > ?)", [
    ...key,
    now,
  ])

interface OneRun {
  readonly survey: number
  readonly mailing: number
}

const isPrepared = ({ jurisdiction }: Scope, { survey, mailing: run }: OneRun): Statement =>
  guard('EXISTS (SELECT 1 FROM mailing_preparation WHERE jurisdiction_id = ? AND survey_id = ? AND mailing_id = ?)', [
    jurisdiction,
    survey,
    run,
  ])

const MESSAGES_PER_STATEMENT = 500

/**
 * Adds messages to a run that is being prepared, one to each addressee; the codes of invitations leave the house with them.
 * `conflict`: it was ended, or one of the codes has left the house already.
 */
export async function addMessages(
  writer: Writer,
  scope: Scope,
  run: OneRun & {
    readonly kind: Mailing['kind']
    readonly messages: readonly { readonly id: Uint8Array; readonly addressee: Uint8Array }[]
  },
): Promise<Result<void, 'conflict'>> {
  const { survey, mailing: id, kind, messages } = run
  const statements: Statement[] = [isPrepared(scope, run)]
  for (let at = 0; at < messages.length; at += MESSAGES_PER_STATEMENT) {
    const part = messages.slice(at, at + MESSAGES_PER_STATEMENT)
    if (kind === 'invite')
      statements.push(
        ...handing(
          scope,
          survey,
          part.map(({ addressee: to }) => to),
        ),
      )
    statements.push({
      sql: `INSERT INTO message (jurisdiction_id, survey_id, id, mailing_id, addressee_id, state)
        SELECT ?1, ?2, unhex(j.value ->> 0), ?3, unhex(j.value ->> 1), 'queued' FROM json_each(?4) AS j WHERE TRUE`,
      args: [scope.jurisdiction, survey, id, JSON.stringify(part.map((each) => [hex(each.id), hex(each.addressee)]))],
    })
  }
  const written = await writer.transact({ statements })
  return written.ok ? ok(undefined) : written
}

/** Lets a run go whose messages are all there. `conflict`: it was ended, or the survey takes no answers any more. */
export async function startMailing(
  writer: Writer,
  scope: Scope,
  act: Moment & OneRun & Pick<Mailing, 'via' | 'kind'> & { readonly messages: number },
): Promise<Result<void, 'conflict'>> {
  const { survey, mailing: id, via, kind, messages, now } = act
  const args = [scope.jurisdiction, survey, id]
  const written = await writer.transact({
    statements: [
      isTakingAnswers([scope.jurisdiction, survey], now),
      isPrepared(scope, act),
      prepared(args),
      { sql: "UPDATE mailing SET state = 'running' WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?", args },
    ],
    audit: [actBy(scope, act, { action: `mailing.${kind}`, object: surveySubject(survey), after: { via, messages } })],
  })
  return written.ok ? ok(undefined) : written
}

/** Says of a run that its preparation is over. */
export const prepared = (args: readonly Value[]): Statement => ({
  sql: 'DELETE FROM mailing_preparation WHERE jurisdiction_id = ? AND survey_id = ? AND mailing_id = ?',
  args: [...args],
})

const MESSAGES_PER_TRANSACTION = 2_000

/** Takes a run back that is being prepared, in parts; the codes of invitations are in the house again. */
export async function dropMailing(writer: Writer, scope: Scope, run: OneRun): Promise<void> {
  const args = [scope.jurisdiction, run.survey, run.mailing]
  const of = 'jurisdiction_id = ?1 AND survey_id = ?2'
  const some = `FROM message WHERE ${of} AND mailing_id = ?3 ORDER BY id LIMIT ${MESSAGES_PER_TRANSACTION}`
  for (let deleted = MESSAGES_PER_TRANSACTION; deleted === MESSAGES_PER_TRANSACTION; ) {
    const written = await writer.transact({
      statements: [
        isPrepared(scope, run),
        {
          sql: `UPDATE addressee SET handed = 0 WHERE ${of} AND id IN (SELECT addressee_id ${some})
            AND EXISTS (SELECT 1 FROM mailing WHERE ${of} AND id = ?3 AND kind = 'invite')`,
          args,
        },
        { sql: `DELETE FROM message WHERE ${of} AND id IN (SELECT id ${some}) RETURNING 1 AS deleted`, args },
      ],
    })
    if (!written.ok) return
    deleted = written.value.at(-1)?.length ?? 0
  }
  await writer.transact({
    statements: [
      isPrepared(scope, run),
      prepared(args),
      { sql: 'DELETE FROM mailing WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?', args },
    ],
  })
}

/** The runs of a jurisdiction that are being prepared, or were when the process ended. */
export function listPreparations(db: Database, scope: Scope): Promise<OneRun[]> {
  const { jurisdictionId, surveyId, mailingId } = mailingPreparation
  return db
    .select({ survey: surveyId, mailing: mailingId })
    .from(mailingPreparation)
    .where(eq(jurisdictionId, scope.jurisdiction))
}
