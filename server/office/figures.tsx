import { renderToString } from 'preact-render-to-string'
import { type FigureView, type PartChoices, readFigureView } from '../../client/pages/office/figure-view.ts'
import { FigureSections, FiguresPage, type FiguresPageProps, figuresTitle } from '../../client/pages/office/figures.tsx'
import type { Figure, FigureCell, FigureColumn } from '../../client/parts/figure.tsx'
import { readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { type FoundCycle, findCycle, listCyclesOf } from '../../db/platform.ts'
import { hex, utf8 } from '../../surveys/canonical.ts'
import { groupIds } from '../../surveys/indicator.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { answerHtml, newMarker } from '../answer-html.ts'
import { dayOf, momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { type CsvValue, csv, type Decimal, decimal } from '../csv.ts'
import { classesOf } from '../figures.ts'
import { securityHeaders } from '../headers.ts'
import { keepWith } from '../page-cache.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { isFinished, type Standing } from '../standing.ts'
import { nameOf, titleOf } from '../surveys.ts'
import { taking } from './export.ts'
import { fieldworkSurveys, readTerms } from './fieldwork-view.ts'
import { answersFigure, heatFigure, priorityFigure, spreadFigure } from './figures/answers.ts'
import { contextOf, type FigureContext, type Made, plainContext, surveyOf } from './figures/context.ts'
import { agreementFigure, aheadFigure, placesFigure, satisfactionFigure } from './figures/order.ts'
import { daysFigure, funnelFigure, progressFigure } from './figures/participation.ts'
import { reasonsFigure, sampleFigure } from './figures/people.ts'
import { stairsFigure } from './figures/stairs.ts'
import { yearsFigure } from './figures/years.ts'
import { shellOf } from './shell.ts'
import { marginWords } from './weighting.ts'

/** Every figure, by its name in addresses, in the order of the page. */
const makers: Readonly<Record<string, (context: FigureContext) => Made>> = {
  ahead: aheadFigure,
  satisfaction: satisfactionFigure,
  places: placesFigure,
  agreement: agreementFigure,
  spread: spreadFigure,
  answers: answersFigure,
  heat: heatFigure,
  priority: priorityFigure,
  reasons: reasonsFigure,
  years: yearsFigure,
  sample: sampleFigure,
  stairs: stairsFigure,
}

/** What came out of a cycle, drawn: one filter in the address for all figures. */
export const figuresPage = defineRoute({
  method: 'GET',
  path: patterns.figures,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, params, locale, staff } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const { standing, shell, choices, view, context } = await contextFor(exchange, found)
    const props: FiguresPageProps = { shell, view, ...choices }
    if (context === null)
      return answerHtml(exchange, { face: 'office', title: figuresTitle(props), body: <FiguresPage {...props} /> })
    const marker = newMarker(world)
    const html = keepWith(standing, JSON.stringify(['figures', locale, staff.role, view]), () => {
      const figures = Object.values(makers).map((make) => make(context))
      return utf8(renderToString(<FigureSections {...props} figures={figures} />))
    })
    return answerHtml(exchange, {
      face: 'office',
      title: figuresTitle(props),
      body: <FiguresPage {...props} sections={marker} />,
      splice: { marker, html: [html] },
    })
  },
})

/** The numbers of one figure of a view as a file; each is in the audit. */
export const figureCsv = defineRoute({
  method: 'GET',
  path: patterns.figureCsv,
  policy: { who: readers.export, ...taking },
  async handler(exchange) {
    const { world, scope, params, staff } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const made = await madeOf(exchange, found)
    if (!made || 'missing' in made) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', 'text/csv; charset=utf-8')
    headers.set('Content-Disposition', `attachment; filename="${made.fileName}.csv"`)
    // Nobody has taken a file who has only asked whether there is one.
    if (exchange.request.method === 'HEAD') return new Response(null, { headers })
    await world.writer.transact({
      statements: [],
      audit: [
        {
          at: world.now(),
          actor: staff.id,
          role: staff.role,
          jurisdiction: scope.jurisdiction,
          action: 'figure.export',
          object: `${params.jid}/${params.cycle}/${params.figure}`,
          reason: `plan ${hex((await world.standing(scope, found.cycle.id)).planHash)}`,
          outcome: 'done',
          req: exchange.req,
        },
      ],
    })
    return new Response(figureFile(made), { headers })
  },
})

/** The figure of an address; counts of who took part are known before any score is. */
async function madeOf(exchange: ExportExchange, found: FoundCycle): Promise<Made | null> {
  const { world, scope, params, url, locale } = exchange
  const { figure } = params
  if (Object.hasOwn(makers, figure)) {
    const { context } = await contextFor(exchange, found)
    return context && makers[figure]!(context)
  }
  if (!['progress', 'days', 'funnel'].includes(figure)) return null
  const terms = await readTerms(world, scope, found.cycle.id)
  const looked = await world.fieldwork(scope, found.cycle.id, dayOf(world.now()))
  const { surveys } = await fieldworkSurveys(world, scope, terms, looked, locale)
  const shell = await shellOf(exchange, 'none', found)
  const updated = momentText(world.now(), locale)
  if (figure === 'funnel') {
    const asked = surveys.find(({ group }) => group === url.searchParams.get('group'))
    return asked ? funnelFigure(plainContext(terms.standing, shell, updated, { group: asked.group }), asked) : null
  }
  const context = plainContext(terms.standing, shell, updated)
  return figure === 'days' ? daysFigure(context, surveys) : progressFigure(context, surveys)
}

/** The table of a figure, digit for digit; why a number is missing stands in its place. */
function figureFile({ columns, rows }: Figure): string {
  const value = (cell: FigureCell, { kind }: FigureColumn): CsvValue | Decimal => {
    if (typeof cell !== 'string') return cell.why ?? '··'
    return kind !== 'text' && /^-?\d+(\.\d+)?$/.test(cell) ? decimal(cell) : cell
  }
  return csv(
    columns.map(({ label }) => label),
    rows.map(({ cells }) => cells.map((cell, at) => value(cell, columns[at]!))),
  )
}

type StaffExchange = Exchange<typeof patterns.figures, typeof readers.dashboard>

/** What the address asks for, and what it can be made from; no context while no survey is closed. */
async function contextFor(exchange: StaffExchange | ExportExchange, found: FoundCycle) {
  const { world, scope, locale, url } = exchange
  const standing = await world.standing(scope, found.cycle.id)
  const shell = await shellOf(exchange, 'figures', found)
  const choices = {
    classes: classesOf(standing.plan, standing.organs, locale),
    organs: standing.organs.map((organ) => ({ id: organ.code, title: nameOf(organ, locale) })),
    parts: partChoices(standing, locale),
  }
  const view: FigureView = readFigureView(url.searchParams, choices)
  if (!standing.surveys.some(({ counted, state }) => counted && isFinished(state)))
    return { standing, shell, choices, view, context: null }
  const details = await world.details(scope, found.cycle.id)
  const context = contextOf({
    ...{ standing, details, view, shell },
    before: await yearBefore(exchange, found),
    updated: momentText(world.now(), locale),
  })
  return { standing, shell, choices, view, context }
}

type ExportExchange = Exchange<typeof patterns.figureCsv, typeof readers.export>

/** The parts of those asked that the plan lists, in the words of the questionnaire. */
function partChoices(standing: Standing, locale: Locale): PartChoices[] {
  return groupIds.flatMap((group) => {
    const survey = surveyOf(standing, group)
    const words = survey && marginWords(survey.questionnaire, locale)
    return standing.plan.groups[group].margins.flatMap((margin) => {
      const own = words?.get(margin)
      if (!own) return []
      const options = [...own.categories].map(([id, title]) => ({ id: `${margin}.${id}`, title }))
      return [{ group, title: own.title, options }]
    })
  })
}

/** The cycle of the place that comes before this one by its code, and whose surveys are over. */
async function yearBefore(
  exchange: StaffExchange | ExportExchange,
  found: FoundCycle,
): Promise<FigureContext['before']> {
  const { world, scope, locale } = exchange
  const cycles = await listCyclesOf(world.db, [scope.jurisdiction])
  for (const { cycle, planId } of cycles.filter((each) => each.cycle.code < found.cycle.code)) {
    if (planId === null) continue
    const standing = await world.standing(scope, cycle.id)
    if (standing.surveys.some(({ counted, state }) => counted && isFinished(state)))
      return { standing, title: titleOf(cycle, locale) }
  }
  return null
}
