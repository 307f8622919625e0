import { z } from 'zod'
import { fill } from '../../client/messages/fill.ts'
import { invitationMessages } from '../../client/messages/invitations.ts'
import { patterns } from '../../client/urls.ts'
import { readSurvey } from '../../db/platform.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { RosterProblem } from '../../surveys/roster.ts'
import { importRoster, type RosterOutcome, type RosterRefusal } from '../roster.ts'
import { forgetJob, startJob } from '../roster-jobs.ts'
import { entryState, findContext } from '../surveys.ts'
import type { OpenedTable } from '../table-file.ts'
import { nameRequest, requestNameOf } from './request-name.ts'
import { type ApiRefusal, defineApi } from './route.ts'

const service = z.strictObject({
  organ: z.string(),
  day: z.iso.date(),
  service: z.string(),
  number: z.string().optional(),
  name: z.string().optional(),
  phone: z.string().optional(),
  mail: z.string().optional(),
  lang: z.enum(['zh-CN', 'en']).optional(),
  /** Under which the organ's own system signs a receipt of the service. */
  receipt: z.string().optional(),
})
type Service = z.output<typeof service>

const columns = ['number', 'organ', 'day', 'service', 'name', 'phone', 'mail', 'lang', 'receipt'] as const

const count = z.int().min(0)

/**
 * Tells of services whose people the office is to write to: they come onto the roster by the rules of a file, and get their
 * codes with the office's messages; no code comes back. A service that stands there already changes nothing.
 */
export const apiInvitations = defineApi({
  name: 'invitations',
  method: 'POST',
  path: patterns.apiInvitations,
  opens: 'services:write',
  body: z.strictObject({ services: z.array(service).min(1).max(500) }),
  answer: z.object({ listed: count, overLimit: count, signed: count, spared: count, unsubscribed: count }),
  refusals: ['request_key_reused', 'receipts_full', 'conflict', 'closed', 'not_open', 'paused'],
  example: {
    path: '/api/v1/surveys/recipients-2025/invitations',
    body: {
      services: [
        { number: 'B-0815', organ: 'caizhengting', day: '2025-03-05', service: '会计资格登记', phone: '13800138000' },
      ],
    },
  },
  async handler({ world, scope, program, params, request, req, locale }, { body: { services } }) {
    const named = requestNameOf(request)
    if (!named.ok) return named
    const context = await findContext(world, program.jid, params.survey)
    const file = context && (await readSurvey(world.db, scope, context.survey.id))
    if (!file || !context.survey.counted || file.survey.group !== 'recipients') return err({ code: 'not_found' })
    const state = entryState(context, world.now())
    if (state !== 'open') return err({ code: state })
    const asked = { invitations: context.name, services }
    const remembered = await nameRequest(world, scope, { key: program.key, name: named.value, asked })
    if (!remembered.ok) return remembered
    const act = { isTrial: false, isRepeatable: true, draw: null, report: () => undefined, now: world.now(), req }
    // One at a time, together with the files of the desk.
    const job = startJob<Result<RosterOutcome, RosterRefusal>>(world, context.name, () =>
      importRoster(world, scope, file, tableOf(services), act),
    )
    if (!job) return err({ code: 'try_again' })
    const done = await job.end.finally(() => forgetJob(world, context.name))
    if (!done.ok) return err(refusalOf(done.error, locale))
    const { people, listed, ...left } = done.value
    return ok({ value: { listed: people + listed, ...left } })
  },
})

/** The services as the rows of a file, counted from 1. */
function tableOf(services: readonly Service[]): OpenedTable {
  const rows = services.map((each, at) => ({ line: at + 1, cells: columns.map((column) => each[column] ?? '') }))
  return {
    header: columns,
    count: rows.length,
    async *rows() {
      yield rows
    },
  }
}

function refusalOf(problem: RosterRefusal, locale: Locale): ApiRefusal {
  switch (problem.code) {
    case 'rows':
      return { code: 'invalid_fields', errors: problem.problems.map((each) => faultOf(each, locale)) }
    case 'over_expected':
      return { code: 'receipts_full' }
    case 'drawn_before':
      return { code: 'conflict' }
    default:
      return { code: 'try_again' }
  }
}

function faultOf({ code, row, column, value, other = 0 }: RosterProblem, locale: Locale) {
  const field = column === 'locale' ? 'lang' : column === 'jti' ? 'receipt' : column
  return {
    path: `services[${row - 1}]${field === null ? '' : `.${field}`}`,
    code,
    message: fill(invitationMessages(locale)[`row_${code}`], { value, other }),
  }
}
