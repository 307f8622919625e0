import {
  type CaseActName,
  type CaseLine,
  CasesPage,
  type CasesPageProps,
  casesTitle,
} from '../../client/pages/office/cases.tsx'
import { caseReaders, deciders } from '../../client/parts/office-shell.tsx'
import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import {
  type CaseAct,
  type CaseStanding,
  findNamedCase,
  type LowRatingCase,
  listCases,
  listStandings,
  mayMove,
  moveCase,
} from '../../db/low-ratings.ts'
import { type CycleFile, type FoundCycle, findCycle, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { workingDayAfter, yearsWithoutHolidays } from '../../surveys/calendar.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import {
  caseRates,
  isOverdue,
  type LowRatingTerms,
  levelsOf,
  lowRatingTerms,
  saidOptions,
} from '../../surveys/low-rating.ts'
import { parsePlan } from '../../surveys/plan.ts'
import { type Locale, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dayOf } from '../calendar.ts'
import { dayText, textProblems } from '../complaint.tsx'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { localized, nameOf } from '../surveys.ts'
import { shellOf } from './shell.ts'

/** Most characters of a reason and of an answer. */
const longest = { extend: 500, answer: 1_000 } as const
const perPage = 50

/** The low ratings of a cycle whose writers asked for an answer. */
export const casesPage = defineRoute({
  method: 'GET',
  path: patterns.cases,
  policy: { who: caseReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openDesk(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const asked = url.searchParams.get('from') ?? ''
    const from = /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : 0
    return show(exchange, scope, desk, { done: url.searchParams.get('done') === '1', problem: null }, 200, from)
  },
})

/** Moves one of them on: the office passes it on, gives more time and closes it, the organ answers. */
export const casesAct = defineRoute({
  method: 'POST',
  path: patterns.casesAct,
  policy: {
    who: ['office_admin', 'organ_officer'],
    scope: 'jurisdiction',
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'name', 'act', names.reportText]) : null
    const act = actNames.find((each) => each === values?.act)
    const name = values?.name
    if (!values || !act || name === undefined) return refuse(exchange, 'bad_request')
    const desk = await openDesk(exchange, scope)
    const found = desk && (await findNamedCase(world.db, scope, { cycle: desk.found.cycle.id, name }))
    if (!desk || !found) return refuse(exchange, 'not_found')
    if (!allowed(scope).includes(act)) return refuse(exchange, 'forbidden')
    const typed = values[names.reportText] ?? ''
    const again = (code: NonNullable<CasesPageProps['problem']>['code'], status: number, now = desk) =>
      show(exchange, scope, now, { done: false, problem: { name, act, typed, code } }, status)
    if (!mayAct(scope, desk, found, dayOf(world.now())).includes(act)) return again('changed', 409)
    const text = canonicalText(typed)
    if (act === 'extend' || act === 'answer') {
      const [problem] = textProblems(text, longest[act])
      if (problem || !text.ok) return again(problem ?? 'not_text', 422)
      if (text.value === '') return again('required', 422)
    }
    // The office may leave out what names a person, and puts no word into anybody's mouth.
    const isShortened = act === 'forward' && values[names.reportText] !== undefined
    if (isShortened && !text.ok) return again('not_text', 422)
    if (isShortened && text.ok && !isLeftOf(found.text, text.value)) return again('added', 422)
    const now = world.now()
    const kept = text.ok && (act !== 'forward' || isShortened) ? text.value : found.text
    const how = howOf(act, kept, dayOf(now), found, desk.terms)
    const moved = await moveCase(world.writer, scope, { found, how, now, req })
    if (!moved.ok) return again('changed', 409, (await openDesk(exchange, scope)) ?? desk)
    return seeOther(exchange, 'office', `${carry(urls.cases(params.jid, params.cycle), exchange)}&done=1`)
  },
})

const actNames: readonly CaseActName[] = ['forward', 'extend', 'answer', 'close']

/** What a role may ever do: nobody answers for an organ but its own people. */
const allowed = ({ role }: Scope): readonly CaseActName[] =>
  role === 'organ_officer' ? ['answer'] : deciders.some((each) => each === role) ? ['forward', 'extend', 'close'] : []

function howOf(act: CaseActName, text: string, day: number, { dueOn }: LowRatingCase, terms: LowRatingTerms): CaseAct {
  switch (act) {
    case 'answer':
      return { act, reply: text, day }
    case 'extend':
      return { act, reason: text, dueOn: workingDayAfter(dueOn, terms.extension), today: day }
    case 'forward':
      // The organ has its whole time, however long the office kept the case.
      return { act, text, dueOn: Math.max(dueOn, workingDayAfter(day, terms.workingDays)) }
    case 'close':
      return { act }
  }
}

/** Whether `left` is what stays of a text when something is left out of it. */
function isLeftOf(text: string, left: string): boolean {
  let at = 0
  for (const letter of text) if (letter === left.slice(at, at + letter.length)) at += letter.length
  return at === left.length
}

interface CaseDesk {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly terms: LowRatingTerms
  /** All of them, in order and without their words. */
  readonly cases: readonly CaseStanding[]
}

async function openDesk({ world, params }: Exchange, scope: Scope): Promise<CaseDesk | null> {
  const { jid = '', cycle = '' } = params as Record<string, string>
  const found = await findCycle(world.db, jid, cycle)
  if (!found?.planId) return null
  const file = await readCycle(world.db, scope, found.cycle.id)
  const terms = lowRatingTerms(readStored(parsePlan(JSON.parse(file.plan.body))))
  return { found, file, terms, cases: await listStandings(world.db, scope, found.cycle.id) }
}

/** The last day on which the office waits for the word of whoever rated; 0 where it need not. */
const waitsUntil = ({ answeredOn, confirmedOn }: LowRatingCase, { confirmation }: LowRatingTerms): number =>
  answeredOn > 0 && confirmedOn === 0 ? workingDayAfter(answeredOn, confirmation) : 0

function mayAct(scope: Scope, { terms }: CaseDesk, found: LowRatingCase, today: number): readonly CaseActName[] {
  return allowed(scope).filter(
    (act) =>
      mayMove(act, found, today) && (act !== 'close' || found.confirmedOn > 0 || today > waitsUntil(found, terms)),
  )
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: CaseDesk,
  said: Pick<CasesPageProps, 'done' | 'problem'>,
  status: number,
  from = 0,
): Promise<Response> {
  const { world, locale } = exchange
  const { found, file, cases, terms } = desk
  const today = dayOf(world.now())
  const wanted = said.problem ? cases.findIndex((each) => each.name === said.problem?.name) : from
  const first = Math.floor(Math.max(0, wanted) / perPage) * perPage
  const page = await listCases(world.db, scope, found.cycle.id, { from: first, most: perPage })
  const surveys = new Map(
    file.surveys.map(({ sid, group, counted, questionnaire }) => [
      sid,
      { name: { sid, group, counted }, form: readStored(parseQuestionnaire(JSON.parse(questionnaire.body))) },
    ]),
  )
  const organOf = new Map(file.organs.map((organ) => [organ.id, nameOf(organ, locale)]))
  const props: CasesPageProps = {
    shell: await shellOf(exchange, 'cases', found),
    counts: {
      all: cases.length,
      open: cases.filter(({ answeredOn }) => answeredOn === 0).length,
      late: cases.filter((each) => isOverdue(each, today)).length,
    },
    from: first,
    fit: perPage,
    cases: page.map((each): CaseLine => {
      const until = waitsUntil(each, terms)
      const { name, form } = surveys.get(each.sid)!
      return {
        ...caseTexts(form, each, locale),
        name: each.name,
        survey: name,
        organ: organOf.get(each.organ) ?? '',
        state: each.state,
        text: each.text,
        isOverdue: isOverdue(each, today),
        extension: each.extension,
        may: mayAct(scope, desk, each, today),
        waitsUntil: until >= today && allowed(scope).includes('close') ? dayText(until, locale) : '',
      }
    }),
    rates: ratesOf(desk, organOf, today),
    extension: terms.extension,
    longest,
    ...said,
  }
  return answerHtml(exchange, { face: 'office', title: casesTitle(props), body: <CasesPage {...props} />, status })
}

function caseTexts(form: Questionnaire, each: LowRatingCase, locale: Locale) {
  const labelOf = (level: number) => {
    const option = levelsOf(form).find(({ value }) => value === level)
    return option ? localized(option.label, locale) : ''
  }
  const { level, said, openedOn, dueOn, reply, answeredOn, confirmedOn, rerated } = each
  return {
    level: labelOf(level),
    said: saidOptions(form, said).map(({ label }) => localized(label, locale)),
    openedOn: dayText(openedOn, locale),
    dueOn: dayText(dueOn, locale),
    years: yearsWithoutHolidays(openedOn, dueOn).join(' '),
    reply: answeredOn === 0 ? null : { text: reply, on: dayText(answeredOn, locale) },
    rerated: confirmedOn === 0 ? null : labelOf(rerated),
  }
}

function ratesOf({ cases }: CaseDesk, organOf: ReadonlyMap<number, string>, today: number): CasesPageProps['rates'] {
  return [...organOf].flatMap(([id, organ]) => {
    const own = cases.filter((each) => each.organ === id)
    if (own.length === 0) return []
    const { due, inTime, answered, confirmed, better } = caseRates(own, today)
    const of = (n: number, all: number) => `${n}/${all}`
    return [
      {
        organ,
        cases: own.length,
        inTime: of(inTime, due),
        confirmed: of(confirmed, answered),
        better: of(better, answered),
      },
    ]
  })
}
