import { deskMessages } from '../../client/messages/office-desk.ts'
import {
  longestSource,
  type MarginTable,
  type PopulationForm,
  PopulationPage,
  type PopulationPageProps,
  type PopulationSurvey,
  populationTitle,
  type SourceProblem,
} from '../../client/pages/office/population.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { type FoundCycle, findCycle, readCycle } from '../../db/platform.ts'
import { canonicalMargins, type Population, readPopulations, savePopulation } from '../../db/population.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalJson, canonicalText, hex, utf8, visibleLength } from '../../surveys/canonical.ts'
import type { SurveyState } from '../../surveys/cycle.ts'
import { type Plan, parsePlan, planWarnings } from '../../surveys/plan.ts'
import { type Margin, offeredCategories } from '../../surveys/population.ts'
import { type GroupId, type Locale, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { halfUp, multiply, parseRational, rational } from '../../surveys/rational.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { csv } from '../csv.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { localized } from '../surveys.ts'
import type { World } from '../world.ts'
import { readPopulationTable } from './population-table.ts'
import { shellOf } from './shell.ts'
import { type MarginWords, marginWords } from './weighting.ts'

/** What is known of the population of each survey that declares margins, and the form to enter it. */
export const populationPage = defineRoute({
  method: 'GET',
  path: patterns.population,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const desk = await openDesk(exchange.world, exchange.scope, exchange.params)
    if (!desk) return refuse(exchange, 'not_found')
    const { world, url } = exchange
    const saved = desk.surveys.find(({ sid }) => sid === url.searchParams.get('saved'))
    // Anybody can write such an address; it says so only where it is true.
    const isNews = saved?.population && world.now() - saved.population.setAt <= NEWS_MS
    return show(exchange, desk, { outcome: saved && isNews ? { kind: 'saved', sid: saved.sid } : null }, 200)
  },
})

/** How long a page may say that something was saved just now. */
const NEWS_MS = 10 * 60_000

/** Reads a table and shows what was read; the second press, about the very same, saves it. */
export const enterPopulation = defineRoute({
  method: 'POST',
  path: patterns.population,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 512 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const desk = await openDesk(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    if (body.kind !== 'form') return refuse(exchange, 'bad_request')
    const values = formValues(body.fields, ['csrf', 'survey', 'source', 'table', 'press', 'seen'])
    if (!values?.survey) return refuse(exchange, 'bad_request')
    const survey = desk.surveys.find(({ sid }) => sid === values.survey)
    if (!survey) return refuse(exchange, 'not_found')
    const { sid, questionnaire } = survey
    const fixed = () => show(exchange, desk, { outcome: { kind: 'fixed', sid } }, 409)
    if (isFixed(survey.state)) return fixed()
    if (lackingOf(desk.plan, questionnaire).length > 0) return refuse(exchange, 'conflict')

    const table = values.table ?? ''
    const source = readSource(values.source ?? '')
    const read = readPopulationTable(table, desk.plan, questionnaire)
    const form = { source: source.value, table, sourceProblem: source.problem }
    if (!read.ok || source.problem) {
      const problems = read.ok ? [] : read.error
      return show(exchange, desk, { form: { sid, value: { ...form, problems, preview: null } } }, 422)
    }
    const margins = read.value
    const hash = await world.crypto.sha256(utf8(canonicalMargins(margins)))
    // What was seen is also the record that goes: somebody may have replaced it in the meantime.
    const replaces = survey.population && { source: survey.population.source, hash: hex(survey.population.hash) }
    const shown = canonicalJson({ source: source.value, hash: hex(hash), replaces })
    const seen = hex(await world.crypto.sha256(utf8(shown)))
    if (values.press === 'save' && values.seen === seen) {
      const act = { survey: survey.id, margins, hash, source: source.value, now: world.now(), req }
      const saved = await savePopulation(world.writer, scope, act)
      if (!saved.ok) return fixed()
      const back = carry(urls.population(params.jid, params.cycle), exchange)
      return seeOther(exchange, 'office', `${back}&saved=${sid}`)
    }
    const preview = { margins: marginTables(margins, marginWords(questionnaire, exchange.locale)), seen }
    return show(exchange, desk, { form: { sid, value: { ...form, problems: [], preview } } }, 200)
  },
})

/** The margins and categories of a survey as an empty table. */
export const populationCsv = defineRoute({
  method: 'GET',
  path: patterns.populationCsv,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale, url } = exchange
    const desk = await openDesk(world, scope, params)
    const survey = desk?.surveys.find(({ sid }) => sid === url.searchParams.get('survey'))
    if (!desk || !survey || lackingOf(desk.plan, survey.questionnaire).length > 0) return refuse(exchange, 'not_found')
    const { columns } = deskMessages(locale)
    const words = marginWords(survey.questionnaire, locale)
    const rows = [...offeredCategories(desk.plan, survey.questionnaire)].flatMap(([margin, categories]) =>
      categories.map((id) => [margin, id, null, null, words.get(margin)?.categories.get(id) ?? '']),
    )
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', 'text/csv; charset=utf-8')
    headers.set('Content-Disposition', `attachment; filename="gongping-${params.jid}-${survey.sid}-population.csv"`)
    const header = [columns.margin, columns.category, columns.count, columns.mergeInto, columns.words]
    return new Response(csv(header, rows), { headers })
  },
})

interface Desk {
  readonly found: FoundCycle
  readonly plan: Plan
  /** Every questionnaire of the cycle. */
  readonly questionnaires: readonly Questionnaire[]
  readonly surveys: readonly DeskSurvey[]
}

interface DeskSurvey {
  readonly id: number
  readonly sid: string
  readonly group: GroupId
  readonly state: SurveyState
  readonly questionnaire: Questionnaire
  readonly population: Population | null
}

/** The scored surveys of a cycle whose group declares margins; null without such a cycle or its plan. */
async function openDesk(
  { db }: World,
  scope: Scope,
  { jid, cycle: code }: { readonly jid: string; readonly cycle: string },
): Promise<Desk | null> {
  const found = await findCycle(db, jid, code)
  if (!found?.planId) return null
  const cycle = await readCycle(db, scope, found.cycle.id)
  const plan = readStored(parsePlan(JSON.parse(cycle.plan.body)))
  const surveys = cycle.surveys.map((survey) => ({
    ...survey,
    questionnaire: readStored(parseQuestionnaire(JSON.parse(survey.questionnaire.body))),
  }))
  const populations = await readPopulations(
    db,
    scope,
    surveys.map(({ id }) => id),
  )
  return {
    found,
    plan,
    questionnaires: surveys.map(({ questionnaire }) => questionnaire),
    surveys: surveys
      .filter(({ counted, group }) => counted && plan.groups[group].margins.length > 0)
      .map((survey) => ({ ...survey, population: populations.get(survey.id) ?? null })),
  }
}

const isFixed = (state: SurveyState): boolean => state !== 'draft' && state !== 'ready'

/** Margins of the plan that the questionnaire does not ask for. */
function lackingOf(plan: Plan, questionnaire: Questionnaire): string[] {
  const asked = marginWords(questionnaire, 'zh-CN')
  return plan.groups[questionnaire.group].margins.filter((margin) => !asked.has(margin))
}

function readSource(typed: string): { value: string; problem: SourceProblem | null } {
  const text = canonicalText(typed)
  if (!text.ok) return { value: typed, problem: 'not_text' }
  const { value } = text
  if (visibleLength(value) === 0) return { value, problem: 'required' }
  if (value.includes('\n')) return { value, problem: 'not_text' }
  return { value, problem: value.length > longestSource ? 'too_long' : null }
}

async function show(
  exchange: Exchange,
  desk: Desk,
  said: { outcome?: PopulationPageProps['outcome']; form?: { sid: string; value: PopulationForm } },
  status: number,
): Promise<Response> {
  const { locale } = exchange
  const props: PopulationPageProps = {
    shell: await shellOf(exchange, 'population', desk.found),
    floors: floorsOf(desk, locale),
    surveys: desk.surveys.map((survey) => ({
      ...viewOf(desk.plan, survey, locale),
      form: said.form?.sid === survey.sid ? said.form.value : null,
    })),
    outcome: said.outcome ?? null,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: populationTitle(props),
    body: <PopulationPage {...props} />,
    status,
  })
}

function viewOf(plan: Plan, survey: DeskSurvey, locale: Locale): Omit<PopulationSurvey, 'form'> {
  const { sid, group, state, questionnaire, population } = survey
  const words = marginWords(questionnaire, locale)
  return {
    sid,
    group,
    state,
    title: localized(questionnaire.title, locale),
    isWeighted: plan.groups[group].calibration !== 'none',
    lacking: lackingOf(plan, questionnaire),
    set: population && {
      margins: marginTables(population.margins, words),
      source: population.source,
      hash: hex(population.hash),
      since: momentText(population.setAt, locale),
    },
  }
}

function marginTables(margins: readonly Margin[], words: MarginWords): MarginTable[] {
  return margins.map(({ name, categories }) => {
    const own = words.get(name)
    return {
      name,
      title: own?.title ?? name,
      categories: categories.map(({ id, share, mergeInto }) => ({
        id,
        label: own?.categories.get(id) ?? id,
        sharePercent: halfUp(multiply(parseRational(share), rational(100)), 2),
        mergeInto: mergeInto ?? null,
      })),
    }
  })
}

/** Scales with a floor, their lowest level in the words of a questionnaire that uses them. */
function floorsOf({ plan, questionnaires }: Desk, locale: Locale): PopulationPageProps['floors'] {
  return planWarnings(plan).map(({ scale, level, points }) => {
    const options = questionnaires.flatMap(({ scales }) => scales.find(({ id }) => id === scale)?.options ?? [])
    const label = options.find(({ value }) => String(value) === level)?.label
    return { scale, points, level: label ? localized(label, locale) : '' }
  })
}
