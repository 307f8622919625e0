import { fill } from '../../client/messages/fill.ts'
import { officeExportMessages } from '../../client/messages/office-export.ts'
import {
  type Figure,
  type FigureLine,
  type QuestionTable,
  ReportPage,
  type ReportPageProps,
} from '../../client/pages/office/report.tsx'
import { readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { fillText } from '../../surveys/answers.ts'
import type { ResultsDocument } from '../../surveys/bundle-documents.ts'
import { hex, utf8 } from '../../surveys/canonical.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { canonicalPlan } from '../../surveys/plan.ts'
import { type Locale, ratingQuestions } from '../../surveys/questionnaire.ts'
import { answerHtml } from '../answer-html.ts'
import { momentText } from '../calendar.ts'
import type { PublishedDocuments } from '../export/documents.ts'
import { indicatorsOf } from '../export/totals.ts'
import { intervalPercent } from '../figures.ts'
import { refuse } from '../problem.tsx'
import { documentsOf } from '../publications.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, nameOf, titleOf } from '../surveys.ts'
import { shellOf } from './shell.ts'

const policy = { who: readers.export, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' } as const

/** All organs of a cycle, to print. */
export const cycleReport = defineRoute({
  method: 'GET',
  path: patterns.cycleReport,
  policy,
  async handler(exchange) {
    const found = await findCycle(exchange.world.db, exchange.params.jid, exchange.params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const { locale } = exchange
    const title = fill(officeExportMessages(locale).report.title, { cycle: titleOf(found.cycle, locale) })
    return show(exchange, exchange.scope, found, title, (documents) => ({
      lines: documents.results.organs.map((figures) => organLine(documents, figures, locale)),
      questions: [],
      parts: [],
    }))
  },
})

/** One organ of it. */
export const organReport = defineRoute({
  method: 'GET',
  path: patterns.organReport,
  policy,
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const { organs } = await world.standing(scope, found.cycle.id)
    const organ = organs.find(({ code }) => code === params.organ)
    if (!organ) return refuse(exchange, 'not_found')
    const title = fill(officeExportMessages(locale).report.organTitle, { organ: nameOf(organ, locale) })
    return show(exchange, scope, found, title, (documents) => {
      const figures = documents.results.organs.find((each) => each.organ === organ.code)!
      return {
        lines: [...groupLines(figures, locale), ...totalLines(documents, figures, locale)],
        questions: questionTables(documents, figures, locale),
        parts: partsOf(documents, figures, locale),
      }
    })
  },
})

type Contents = Pick<ReportPageProps, 'questions' | 'parts'> & { readonly lines: readonly FigureLine[] }

async function show(
  exchange: Exchange<string, typeof readers.export>,
  scope: Scope,
  found: FoundCycle,
  title: string,
  contents: (documents: PublishedDocuments) => Contents,
): Promise<Response> {
  const { world, locale, staff, req } = exchange
  const documents = await documentsOf(world, scope, found)
  const { plan } = await world.standing(scope, found.cycle.id)
  const planHash = hex(await world.crypto.sha256(utf8(canonicalPlan(plan))))
  const props: ReportPageProps = {
    shell: await shellOf(exchange, 'exports', found),
    title,
    percent: intervalPercent(plan),
    ...(documents.ok ? contents(documents.value) : { lines: null, questions: [], parts: [] }),
    foot: fill(officeExportMessages(locale).report.foot, {
      cycle: titleOf(found.cycle, locale),
      hash: planHash.slice(0, 16),
      time: momentText(world.now(), locale),
      user: staff.name || staff.email,
      number: req,
    }),
  }
  return answerHtml(exchange, { face: 'office', title, body: <ReportPage {...props} /> })
}

type OrganFigures = ResultsDocument['organs'][number]
type GroupFigures = NonNullable<OrganFigures['groups']['leaders']>

const shown = (
  each: Pick<Extract<GroupFigures, { status: 'ok' }>, 'score' | 'interval' | 'standardError' | 'ciStatus'>,
): Figure => {
  const { score, interval, standardError, ciStatus } = each
  if (ciStatus !== 'ok') return { score, standardError, interval: { status: ciStatus }, why: null }
  return {
    score,
    standardError,
    interval: interval && { status: 'ok', low: interval[0], high: interval[1] },
    why: null,
  }
}

function groupFigure(own: GroupFigures | null, locale: Locale): Figure {
  const { codes } = officeExportMessages(locale)
  if (own === null) return { score: null, why: codes.not_asked }
  if (own.status === 'ok') return shown(own)
  return { score: null, why: own.status === 'insufficient' ? codes[own.flag] : codes[own.status] }
}

function satisfactionFigure({ satisfaction }: OrganFigures, locale: Locale): Figure {
  if (satisfaction && 'score' in satisfaction) return shown(satisfaction)
  return { score: null, why: officeExportMessages(locale).codes.group_missing }
}

/** The groups of an organ, with what was published of them. */
export function groupLines(figures: OrganFigures, locale: Locale): FigureLine[] {
  const { codes } = officeExportMessages(locale)
  return groupIds.map((group) => {
    const own = figures.groups[group]
    const n = own && 'n' in own ? own.n : null
    return { name: codes[group], n, figure: groupFigure(own, locale), order: null }
  })
}

/** Satisfaction, and the overall score with its grade and place. */
export function totalLines(documents: PublishedDocuments, figures: OrganFigures, locale: Locale): FigureLine[] {
  const { codes } = officeExportMessages(locale)
  const { overall } = figures
  const isScored = overall?.status === 'ok'
  const name = isScored
    ? [codes.overall, gradeTitle(documents, overall.grade, locale), placeText(figures, locale)].join(' · ')
    : codes.overall
  const figure: Figure = isScored ? shown(overall) : { score: null, why: overallReason(figures, locale) }
  return [
    { name: codes.satisfaction, n: null, figure: satisfactionFigure(figures, locale), order: null },
    { name, n: null, figure, order: null },
  ]
}

function gradeTitle({ plan }: PublishedDocuments, id: string, locale: Locale): string {
  const grade = plan.grades.find((each) => each.id === id)
  return grade ? localized(grade.title, locale) : id
}

function overallReason({ overall }: OrganFigures, locale: Locale): string {
  const { codes } = officeExportMessages(locale)
  return overall?.status === 'incomplete' ? codes.score_missing : codes.group_missing
}

function organLine(documents: PublishedDocuments, figures: OrganFigures, locale: Locale): FigureLine {
  const { overall } = figures
  const told =
    overall?.status === 'ok'
      ? `${overall.score} ${gradeTitle(documents, overall.grade, locale)}`
      : overallReason(figures, locale)
  const organ = documents.cycle.organs.find(({ code }) => code === figures.organ)!
  return {
    name: nameOf(organ, locale),
    n: null,
    figure: satisfactionFigure(figures, locale),
    order: { overall: told, place: placeText(figures, locale) },
  }
}

function placeText({ rank }: OrganFigures, locale: Locale): string {
  const { report } = officeExportMessages(locale)
  if (rank.status !== 'ranked') return report.notRanked
  const [best, worst] = rank.interval
  if (rank.place === null) return fill(report.tierOf, { tier: rank.tier })
  return fill(report.placeOf, { place: rank.place, best, worst })
}

function questionTables(
  { cycle, surveys }: PublishedDocuments,
  { organ, groups }: OrganFigures,
  locale: Locale,
): QuestionTable[] {
  const { codes } = officeExportMessages(locale)
  const name = nameOf(cycle.organs.find(({ code }) => code === organ)!, locale)
  return surveys.flatMap(({ group, questionnaire, tallies }) => {
    const own = groups[group]
    const tally = tallies.organs.find((each) => each.organ === organ)
    if (own?.status !== 'ok' || tally?.status !== 'ok') return []
    const titles = new Map(ratingQuestions(questionnaire).map(({ id, title }) => [id, localized(title, locale)]))
    const rows = own.questions.map(({ id, mean }) => {
      const sums = tally.questions.find((each) => each.id === id)
      return { title: fillText(titles.get(id) ?? id, { organ: name }), n: sums && 'n' in sums ? sums.n : null, mean }
    })
    return [{ group: codes[group], rows }]
  })
}

/** Every indicator that has a part in the overall score, below its parent. */
function partsOf({ plan }: PublishedDocuments, { overall }: OrganFigures, locale: Locale): ReportPageProps['parts'] {
  const levels = new Map([['', -1]])
  return indicatorsOf(plan).flatMap(({ node, parent }) => {
    const level = (levels.get(parent) ?? 0) + 1
    levels.set(node.id, level)
    const part = overall?.parts.find(({ id }) => id === node.id)
    return part
      ? [{ title: localized(node.title, locale), score: part.score, contribution: part.contribution, level }]
      : []
  })
}
