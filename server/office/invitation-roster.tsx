import { deciders } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { listFrames } from '../../db/frames.ts'
import { readSurvey, type SurveyFile } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { surveyName } from '../../surveys/ballot.ts'
import { verifiedCells } from '../../surveys/design.ts'
import { readSizes } from '../../surveys/draw.ts'
import { readSeed } from '../../surveys/participation-audit.ts'
import { asksPerQuarter, parsePlan } from '../../surveys/plan.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { formValues } from '../body.ts'
import { refuse } from '../problem.tsx'
import { importRoster, type RosterAct, type RosterOutcome } from '../roster.ts'
import { registerFrame } from '../roster-frame.ts'
import { forgetJob, startJob } from '../roster-jobs.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { openTable, tableLimits } from '../table-file.ts'
import { type DeskPlace, findDeskSurvey } from './desk.ts'
import { backToDesk, hasRoster, isOver, type RosterEnd, showInvitations } from './invitations.tsx'

// Rosters and the lists of which samples are drawn. A short file is answered at once; a long one goes on by itself, and the
// desk says how far it is.

type RosterProblem = Extract<RosterEnd, { ok: false }>['error']

/** Longest file, in bytes, whose sender waits for the end. */
const quickBytes = 1024 * 1024

const body = { types: ['form', 'multipart'], maximumBytes: (tableLimits.megabytes + 1) * 1024 * 1024 } as const

/** Takes a roster whole, or says row by row what is wrong with it. */
export const inviteImport = defineRoute({
  method: 'POST',
  path: patterns.inviteImport,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body,
  handler(exchange) {
    const { body } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'press', 'roster']) : null
    const press = (['check', 'import'] as const).find((each) => each === values?.press)
    if (!press) return refuse(exchange, 'bad_request')
    return takeFile(exchange, async () => ok({ kind: press }))
  },
})

/** Writes down the list of which a sample will be drawn, or draws from it. */
export const inviteFrame = defineRoute({
  method: 'POST',
  path: patterns.inviteFrame,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body,
  handler(exchange) {
    const { body, world } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'press', 'sizes', 'seed', 'roster']) : null
    if (!values || (values.press !== 'register' && values.press !== 'draw')) return refuse(exchange, 'bad_request')
    const { press, sizes: typedSizes = '', seed: typedSeed = '' } = values
    return takeFile(
      exchange,
      async (file) => {
        if (press === 'register') {
          const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
          const strata = file.survey.group === 'leaders' ? verifiedCells(plan, file.survey.group) : []
          const sizes = readSizes(typedSizes, strata)
          return sizes.ok ? ok({ kind: press, sizes: sizes.value }) : err({ code: 'sizes' })
        }
        const seed = readSeed(typedSeed)
        if (seed === null) return err({ code: 'seed' })
        const [frame] = await listFrames(world.db, exchange.scope as Scope, file.survey.id)
        if (!frame || frame.drawnAt > 0) return err({ code: 'changed' })
        return ok({ kind: press, frame, seed })
      },
      { sizes: typedSizes, seed: typedSeed },
    )
  },
})

type Wanted =
  | { readonly kind: 'check' | 'import' }
  | { readonly kind: 'register'; readonly sizes: Parameters<typeof registerFrame>[4]['sizes'] }
  | ({ readonly kind: 'draw' } & NonNullable<RosterAct['draw']>)

async function takeFile(
  exchange: Exchange,
  read: (file: SurveyFile) => Promise<Result<Wanted, RosterProblem>>,
  sample = { sizes: '', seed: '' },
): Promise<Response> {
  const { world, body } = exchange
  // Only staff routes of a jurisdiction come here, with a survey in the path.
  const [scope, params] = [exchange.scope as Scope, exchange.params as { jid: string; cycle: string; sid: string }]
  const place = await findDeskSurvey(world, scope, params)
  const file = place && (await readSurvey(world.db, scope, place.survey.id))
  if (!place || !file || !hasRoster(place.survey)) return refuse(exchange, 'not_found')
  const no = (problem: RosterProblem) => showEnd(exchange, place, err(problem), sample)
  if (isOver(place.survey, world.now())) return no({ code: 'closed' })
  const wanted = await read(file)
  if (!wanted.ok) return no(wanted.error)
  const bytes = body.kind === 'form' ? body.files?.get('roster') : undefined
  if (!bytes?.length) return no({ code: 'no_file' })
  const name = surveyName(file.jurisdiction.code, file.survey.code)
  const moment = { now: world.now(), req: exchange.req }
  const job = startJob<RosterEnd>(world, name, (report) =>
    work(exchange, file, bytes, wanted.value, { ...moment, report }),
  )
  if (!job) return no({ code: 'running' })
  if (bytes.length > quickBytes) return backToDesk(exchange, params, 'begun')
  try {
    return await showEnd(exchange, place, await job.end, sample)
  } finally {
    forgetJob(world, name)
  }
}

async function work(
  { world, scope }: Exchange,
  file: SurveyFile,
  bytes: Uint8Array,
  wanted: Wanted,
  moment: Pick<RosterAct, 'now' | 'req' | 'report'>,
): Promise<RosterEnd> {
  const table = await openTable(bytes)
  if (!table.ok) return err({ code: 'file', problems: table.problems })
  if (wanted.kind === 'register') {
    const done = await registerFrame(world, scope as Scope, file, table, { ...moment, sizes: wanted.sizes })
    return done.ok ? ok({ what: 'registered' }) : done
  }
  const draw = wanted.kind === 'draw' ? wanted : null
  const isTrial = wanted.kind === 'check'
  const done = await importRoster(world, scope as Scope, file, table, { ...moment, isTrial, draw })
  const what = ({ check: 'checked', import: 'imported', draw: 'drawn' } as const)[wanted.kind]
  return done.ok ? ok(rosterDone(what, done.value, file)) : done
}

/** What was done with a roster, for the sentences about it. */
export function rosterDone<What extends 'checked' | 'imported' | 'drawn'>(
  what: What,
  outcome: RosterOutcome,
  { plan }: SurveyFile,
) {
  return { what, ...outcome, limit: asksPerQuarter(readStored(parsePlan(JSON.parse(plan.body)))) }
}

// The outcome stands on this page alone: a reload would import nothing, since everybody is on the roster now.
function showEnd(
  exchange: Exchange,
  place: DeskPlace,
  end: RosterEnd,
  sample: { sizes: string; seed: string },
): Promise<Response> {
  if (end.ok) return showInvitations(exchange, place, { done: end.value })
  const { error: problem } = end
  const isLate = ['changed', 'closed', 'running', 'drawn_before', 'failed'].includes(problem.code)
  return showInvitations(exchange, place, { problem: { about: 'roster', problem }, sample }, isLate ? 409 : 422)
}
