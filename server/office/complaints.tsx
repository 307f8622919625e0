import { ComplaintsPage, type ComplaintsPageProps, complaintsTitle } from '../../client/pages/office/complaints.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import { answerComplaint, type Complaint, listComplaints } from '../../db/complaints.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalText, hex } from '../../surveys/canonical.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dayOf } from '../calendar.ts'
import { dayText, longestComplaint, textProblems } from '../complaint.tsx'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOfSurvey } from './desk.ts'
import { shellOf } from './shell.ts'

/** What respondents of a cycle complain of. */
export const complaintsPage = defineRoute({
  method: 'GET',
  path: patterns.complaints,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const asked = url.searchParams.get('from') ?? ''
    const from = /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : 0
    return show(exchange, scope, found, { done: url.searchParams.get('done') === '1', problem: null }, 200, from)
  },
})

/** Answers one of them, once. */
export const complaintsAnswer = defineRoute({
  method: 'POST',
  path: patterns.complaintsAnswer,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'name', names.reportText]) : null
    const { name, [names.reportText]: typed } = values ?? {}
    if (name === undefined || typed === undefined) return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const complaint = (await listComplaints(world.db, scope, found.cycle.id)).find((each) => nameOf(each) === name)
    if (!complaint) return refuse(exchange, 'not_found')
    const again = (code: NonNullable<ComplaintsPageProps['problem']>['code'], status: number) =>
      show(exchange, scope, found, { done: false, problem: { name, typed, code } }, status)
    const text = canonicalText(typed)
    const [problem] = textProblems(text)
    if (problem || !text.ok) return again(problem ?? 'not_text', 422)
    if (text.value === '') return again('required', 422)
    const now = world.now()
    const act = { cycle: found.cycle.id, h: complaint.h, answer: text.value, day: dayOf(now), name, now, req }
    const answered = await answerComplaint(world.writer, scope, act)
    if (!answered.ok) return again('changed', 409)
    return seeOther(exchange, 'office', `${carry(urls.complaints(params.jid, params.cycle), exchange)}&done=1`)
  },
})

const perPage = 50

/** Eight digits of its hash: enough to tell complaints of a cycle apart, and no help in finding a number. */
const nameOf = ({ h }: Complaint): string => hex(h).slice(0, 8)

async function show(
  exchange: Exchange,
  scope: Scope,
  found: FoundCycle,
  said: Pick<ComplaintsPageProps, 'done' | 'problem'>,
  status: number,
  asked = 0,
): Promise<Response> {
  const { world, locale } = exchange
  const [complaints, surveys] = await Promise.all([
    listComplaints(world.db, scope, found.cycle.id),
    readDeskSurveys(world.db, scope, found.cycle.id),
  ])
  // What was typed is shown beside what it answers.
  const typedAt = said.problem ? complaints.findIndex((each) => nameOf(each) === said.problem?.name) : asked
  const from = Math.min(typedAt, Math.max(0, complaints.length - 1))
  const first = from - (from % perPage)
  const surveyOf = new Map(surveys.map((survey) => [survey.id, nameOfSurvey(survey)]))
  const props: ComplaintsPageProps = {
    shell: await shellOf(exchange, 'complaints', found),
    counts: { open: complaints.filter(({ answeredOn }) => answeredOn === 0).length, all: complaints.length },
    from: first,
    fit: perPage,
    complaints: complaints.slice(first, first + perPage).map((each) => ({
      name: nameOf(each),
      survey: surveyOf.get(each.survey)!,
      kind: each.kind,
      day: dayText(each.day, locale),
      text: each.text,
      answer: each.answeredOn === 0 ? null : { text: each.answer, on: dayText(each.answeredOn, locale) },
    })),
    longest: longestComplaint,
    mayAnswer: exchange.staff ? deciders.includes(exchange.staff.role) : false,
    ...said,
  }
  const body = <ComplaintsPage {...props} />
  return answerHtml(exchange, { face: 'office', title: complaintsTitle(props), body, status })
}
