import { and, desc, eq, sql } from 'drizzle-orm'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { isTakingAnswers, prepared } from './mailing-start.ts'
import { addressee, mailing, mailingPreparation, message } from './schema-invitations.ts'
import type { Scope } from './scope.ts'

// Runs of messages. A message is claimed in a commit of its own before it is handed over: whoever dies in between has not
// sent it twice, and one whose claim nobody has closed is shown as unknown and never sent again by itself.

export type MessageState = (typeof message.$inferSelect)['state']
export type Mailing = Readonly<
  Pick<typeof mailing.$inferSelect, 'id' | 'via' | 'kind' | 'body' | 'state' | 'why' | 'retryAt' | 'startedAt'>
>

/** The runs of a survey, the newest first, with how many messages of each stand where. */
export async function listMailings(db: Database, scope: Scope, survey: number): Promise<ListedMailing[]> {
  const { id, via, kind, body, state, why, retryAt, startedAt } = mailing
  const [runs, counted, preparing] = await db.batch([
    db
      .select({ id, via, kind, body, state, why, retryAt, startedAt })
      .from(mailing)
      .where(and(eq(mailing.jurisdictionId, scope.jurisdiction), eq(mailing.surveyId, survey)))
      .orderBy(desc(id)),
    db
      .select({ mailing: message.mailingId, state: message.state, n: sql<number>`count(*)` })
      .from(message)
      .where(and(eq(message.jurisdictionId, scope.jurisdiction), eq(message.surveyId, survey)))
      .groupBy(message.mailingId, message.state),
    db
      .select({ mailing: mailingPreparation.mailingId })
      .from(mailingPreparation)
      .where(and(eq(mailingPreparation.jurisdictionId, scope.jurisdiction), eq(mailingPreparation.surveyId, survey))),
  ])
  return runs.map((run) => {
    const own = counted.filter(({ mailing: of }) => of === run.id)
    const isPreparing = preparing.some(({ mailing: of }) => of === run.id)
    return { ...run, isPreparing, counts: Object.fromEntries(own.map((row) => [row.state, row.n])) }
  })
}

export type ListedMailing = Mailing & {
  /** Its messages are not all there yet. */
  readonly isPreparing: boolean
  readonly counts: Readonly<Partial<Record<MessageState, number>>>
}

/** How many addressees of each survey were sent something, how many got it, and to how many it came back. */
export async function countReached(db: Database, scope: Scope): Promise<ReadonlyMap<number, Reached>> {
  const { rows } = await db.$client.execute({
    sql: `SELECT survey_id, sum(sent) AS sent, sum(delivered) AS delivered, sum(bounced > sent) AS bounced FROM (
        SELECT survey_id, max(state IN ('sent', 'delivered')) AS sent, max(state = 'delivered') AS delivered,
          max(state = 'bounced') AS bounced
        FROM message WHERE jurisdiction_id = ? GROUP BY survey_id, addressee_id)
      GROUP BY survey_id`,
    args: [scope.jurisdiction],
  })
  return new Map(
    rows.map((row) => [
      Number(row['survey_id']),
      { sent: Number(row['sent']), delivered: Number(row['delivered']), bounced: Number(row['bounced']) },
    ]),
  )
}

export interface Reached {
  readonly sent: number
  readonly delivered: number
  readonly bounced: number
}

// ---- the sender ---------------------------------------------------------------------------------------------------

export interface QueuedMessage {
  readonly id: Uint8Array
  readonly addressee: Uint8Array
  readonly sealed: Uint8Array
}

/** Some of the messages of a run that wait, in the order of random keys. */
export function listQueued(
  db: Database,
  scope: Scope,
  run: { readonly survey: number; readonly mailing: number; readonly limit: number },
): Promise<QueuedMessage[]> {
  return db
    .select({ id: message.id, addressee: message.addresseeId, sealed: addressee.sealed })
    .from(message)
    .innerJoin(
      addressee,
      and(
        eq(addressee.jurisdictionId, message.jurisdictionId),
        eq(addressee.surveyId, message.surveyId),
        eq(addressee.id, message.addresseeId),
      ),
    )
    .where(
      and(
        eq(message.jurisdictionId, scope.jurisdiction),
        eq(message.surveyId, run.survey),
        eq(message.mailingId, run.mailing),
        eq(message.state, 'queued'),
      ),
    )
    .orderBy(message.id)
    .limit(run.limit)
}

interface OneMessage {
  readonly survey: number
  readonly mailing: number
  readonly message: Uint8Array
}

/**
 * Claims a message, durably, before it is handed over. `conflict`: it does not wait any more, its run was stopped, or the
 * survey takes no answers; then it must not be handed over.
 */
export async function claimMessage(
  writer: Writer,
  scope: Scope,
  { survey, mailing: run, message: id, now }: OneMessage & { readonly now: number },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, survey]
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM message AS m JOIN mailing AS r ON r.jurisdiction_id = m.jurisdiction_id
            AND r.survey_id = m.survey_id AND r.id = m.mailing_id AND r.state = 'running'
          JOIN survey AS s ON s.jurisdiction_id = m.jurisdiction_id AND s.id = m.survey_id AND s.state = 'open'
          WHERE m.jurisdiction_id = ? AND m.survey_id = ? AND m.id = ? AND m.mailing_id = ? AND m.state = 'queued'
            AND s.closes_at > ?)`,
        [...key, id, run, now],
      ),
      {
        sql: "UPDATE message SET state = 'claimed' WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?",
        args: [...key, id],
      },
    ],
  })
  return written.ok ? ok(undefined) : written
}

/**
 * Writes down what became of a claimed message: `queued` gives it back. The code of an invitation that came back, or was
 * not wanted, may leave the house another way. What the provider has said of it in the meantime stands.
 */
export async function settleMessage(
  writer: Writer,
  scope: Scope,
  {
    survey,
    mailing: run,
    message: id,
    state,
  }: OneMessage & { readonly state: Exclude<MessageState, 'claimed' | 'delivered'> },
): Promise<void> {
  const key = [scope.jurisdiction, survey]
  const statements: Statement[] = [
    {
      sql: "UPDATE message SET state = ? WHERE jurisdiction_id = ? AND survey_id = ? AND id = ? AND state = 'claimed'",
      args: [state, ...key, id],
    },
  ]
  if (state === 'bounced' || state === 'skipped') statements.push(returning(scope, survey, id))
  if (state === 'sent')
    statements.push({
      sql: `UPDATE mailing SET tries = 0, why = '' WHERE jurisdiction_id = ? AND survey_id = ? AND id = ? AND tries > 0`,
      args: [...key, run],
    })
  await writer.transact({ statements })
}

/** The code of an invitation that came back is in the house again. */
function returning({ jurisdiction }: Scope, survey: number, id: Uint8Array): Statement {
  return {
    sql: `UPDATE addressee SET handed = 0 WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND changes() > 0 AND id = (
      SELECT m.addressee_id FROM message AS m JOIN mailing AS r ON r.jurisdiction_id = m.jurisdiction_id
        AND r.survey_id = m.survey_id AND r.id = m.mailing_id AND r.kind = 'invite'
      WHERE m.jurisdiction_id = ?1 AND m.survey_id = ?2 AND m.id = ?3)`,
    args: [jurisdiction, survey, id],
  }
}

/** What a provider's own receipt says of a message; one that nobody has tried to send has none. */
export async function settleDelivery(
  writer: Writer,
  scope: Scope,
  { survey, message: id, state }: Omit<OneMessage, 'mailing'> & { readonly state: 'delivered' | 'bounced' },
): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: `UPDATE message SET state = ? WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?
          AND state IN ('claimed', 'sent', 'unknown')`,
        args: [state, scope.jurisdiction, survey, id],
      },
      ...(state === 'bounced' ? [returning(scope, survey, id)] : []),
    ],
  })
}

/** Takes open claims for what they are after a crash: nobody knows whether these messages went out. Answers how many. */
export async function loseClaims(writer: Writer, scope: Scope): Promise<number> {
  const written = await writer.transact({
    statements: [
      {
        sql: "UPDATE message SET state = 'unknown' WHERE jurisdiction_id = ? AND state = 'claimed' RETURNING 1 AS lost",
        args: [scope.jurisdiction],
      },
    ],
  })
  return written.ok ? (written.value[0]?.length ?? 0) : 0
}

/** Holds a run up until `retryAt`, when it goes on by itself. */
export async function delayMailing(
  writer: Writer,
  scope: Scope,
  run: { readonly survey: number; readonly mailing: number; readonly why: Mailing['why']; readonly retryAt: number },
): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: `UPDATE mailing SET why = ?, retry_at = ?, tries = tries + 1
          WHERE jurisdiction_id = ? AND survey_id = ? AND id = ? AND state = 'running'`,
        args: [run.why, run.retryAt, scope.jurisdiction, run.survey, run.mailing],
      },
    ],
  })
}

/** Ends a run of which nothing waits any more, or whose survey takes no answers. */
export async function endMailing(
  writer: Writer,
  scope: Scope,
  run: { readonly survey: number; readonly mailing: number },
): Promise<void> {
  await writer.transact({ statements: ending(scope, run) })
}

/** What still waits is not sent, and the codes of invitations among it stay in the house. */
function ending(
  { jurisdiction }: Scope,
  { survey, mailing: run }: { readonly survey: number; readonly mailing: number },
): Statement[] {
  const args = [jurisdiction, survey, run]
  const waiting = 'jurisdiction_id = ?1 AND survey_id = ?2 AND mailing_id = ?3'
  return [
    {
      sql: `UPDATE addressee SET handed = 0 WHERE jurisdiction_id = ?1 AND survey_id = ?2
        AND id IN (SELECT addressee_id FROM message WHERE ${waiting} AND state = 'queued')
        AND EXISTS (SELECT 1 FROM mailing WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND id = ?3 AND kind = 'invite')`,
      args,
    },
    { sql: `UPDATE message SET state = 'skipped' WHERE ${waiting} AND state = 'queued'`, args },
    {
      sql: `UPDATE mailing SET state = 'ended', why = '', retry_at = 0
        WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND id = ?3`,
      args,
    },
    prepared(args),
  ]
}

// ---- the officer --------------------------------------------------------------------------------------------------

/** What somebody of the office may do with a run. */
export const mailingActs = ['pause', 'resume', 'again', 'end'] as const
export type MailingAct = (typeof mailingActs)[number]

/**
 * Pauses a run, lets it go on at once, ends it before its time, or sends `again` what nobody knows to have gone out, so
 * that somebody may get it twice. `conflict`: there is nothing of the kind to do.
 */
export async function actOnMailing(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly mailing: number; readonly act: MailingAct },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, act.survey, act.mailing]
  const of = 'jurisdiction_id = ? AND survey_id = ? AND id = ?'
  const isOpen = isTakingAnswers([scope.jurisdiction, act.survey], act.now)
  const isOnlyRun = guard(
    "NOT EXISTS (SELECT 1 FROM mailing WHERE jurisdiction_id = ? AND survey_id = ? AND id <> ? AND state <> 'ended')",
    key,
  )
  const run = (state: Mailing['state']) => ({
    sql: `UPDATE mailing SET state = ?, why = '', tries = 0, retry_at = 0 WHERE ${of}`,
    args: [state, ...key],
  })
  const statements: Readonly<Record<MailingAct, readonly Statement[]>> = {
    pause: [guard(`EXISTS (SELECT 1 FROM mailing WHERE ${of} AND state = 'running')`, key), run('paused')],
    resume: [
      isOpen,
      guard(
        `NOT EXISTS (SELECT 1 FROM mailing_preparation
          WHERE jurisdiction_id = ? AND survey_id = ? AND mailing_id = ?)`,
        key,
      ),
      guard(
        `EXISTS (SELECT 1 FROM mailing WHERE ${of} AND (state = 'paused' OR state = 'running' AND why <> ''))`,
        key,
      ),
      run('running'),
    ],
    again: [
      isOpen,
      isOnlyRun,
      guard(
        `EXISTS (SELECT 1 FROM message
          WHERE jurisdiction_id = ? AND survey_id = ? AND mailing_id = ? AND state = 'unknown')`,
        key,
      ),
      {
        sql: `UPDATE message SET state = 'queued'
          WHERE jurisdiction_id = ? AND survey_id = ? AND mailing_id = ? AND state = 'unknown'`,
        args: key,
      },
      run('running'),
    ],
    end: [guard(`EXISTS (SELECT 1 FROM mailing WHERE ${of} AND state <> 'ended')`, key), ...ending(scope, act)],
  }
  const object = `${surveySubject(act.survey)}/mailing/${act.mailing}`
  const audit = [actBy(scope, act, { action: `mailing.${act.act}`, object })]
  const written = await writer.transact({ statements: statements[act.act], audit })
  return written.ok ? ok(undefined) : written
}
