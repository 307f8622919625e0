import { FieldworkPage, type FieldworkPageProps, fieldworkTitle } from '../../client/pages/office/fieldwork.tsx'
import { promptForm } from '../../client/pages/office/fieldwork-prompts.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { markDay } from '../../db/fieldwork.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalText, visibleLength } from '../../surveys/canonical.ts'
import type { SurveyState } from '../../surveys/cycle.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dayOf, momentText } from '../calendar.ts'
import { percent } from '../figures.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { countsStream } from './counts-stream.ts'
import { channelsOf } from './dashboard.tsx'
import { fieldworkSurveys, readTerms } from './fieldwork-view.ts'
import { plainContext } from './figures/context.ts'
import { daysFigure, funnelFigure, progressFigure } from './figures/participation.ts'
import { shellOf } from './shell.ts'

/** Who has taken part, against what was planned; nothing of what anybody said. */
export const fieldworkPage = defineRoute({
  method: 'GET',
  path: patterns.fieldwork,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    return show(exchange, scope, found, { done: url.searchParams.get('done') === '1', problem: null }, 200)
  },
})

/** The counts of that page, again and again, as server-sent events. */
export const fieldworkCounts = defineRoute({
  method: 'GET',
  path: patterns.fieldworkCounts,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const stream = countsStream(exchange, scope, await readTerms(world, scope, found.cycle.id))
    return stream ?? refuse(exchange, 'too_many_requests', { seconds: 30 })
  },
})

/** Notes something about a day that stands out, once. */
export const fieldworkMark = defineRoute({
  method: 'POST',
  path: patterns.fieldworkMark,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values =
      body.kind === 'form' ? formValues(body.fields, ['csrf', 'survey', 'kind', 'unit', 'day', 'note']) : null
    const { survey: sid, unit, note: typed = '' } = values ?? {}
    const kind = (['channel', 'organ'] as const).find((each) => each === values?.kind)
    if (!sid || !unit || !kind || !/^\d{8}$/.test(values?.day ?? '')) return refuse(exchange, 'bad_request')
    const day = Number(values?.day)
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const { surveys } = await world.standing(scope, found.cycle.id)
    const survey = surveys.find((each) => each.sid === sid)
    const now = world.now()
    const looked = await world.fieldwork(scope, found.cycle.id, dayOf(now))
    const prompts = looked.find((each) => each.survey === survey?.id)?.prompts ?? []
    const isPrompted = prompts.some((each) => each.kind === kind && each.unit === unit && each.day === day)
    if (!survey || !isPrompted) return refuse(exchange, 'not_found')
    const form = promptForm({ sid }, { kind, unit, day })
    const again = (code: 'note' | 'changed', status: number) =>
      show(exchange, scope, found, { done: false, problem: { form, typed, code } }, status)
    const text = canonicalText(typed)
    if (!text.ok || visibleLength(text.value) < 2 || [...text.value].length > 500) return again('note', 422)
    const act = { survey: survey.id, kind, unit, day, note: text.value, markedOn: dayOf(now), now, req }
    const marked = await markDay(world.writer, scope, act)
    if (!marked.ok) return again('changed', 409)
    return seeOther(exchange, 'office', `${carry(urls.fieldwork(params.jid, params.cycle), exchange)}&done=1`)
  },
})

async function show(
  exchange: Exchange<string, readonly []>,
  scope: Scope,
  found: FoundCycle,
  said: Pick<FieldworkPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale, staff } = exchange
  const now = world.now()
  const terms = await readTerms(world, scope, found.cycle.id)
  const looked = await world.fieldwork(scope, found.cycle.id, dayOf(now))
  const { surveys, open, rows } = await fieldworkSurveys(world, scope, terms, looked, locale)
  const { standing } = terms
  const channel = terms.open
  const shell = await shellOf(exchange, 'fieldwork', found)
  const updated = momentText(now, locale)
  const context = plainContext(standing, shell, updated)
  const props: FieldworkPageProps = {
    shell,
    surveys,
    funnels: surveys.map(({ sid, group, steps }) => ({
      ...{ sid, group },
      figure: funnelFigure(plainContext(standing, shell, updated, { group }), { group, steps }),
    })),
    progress: progressFigure(context, surveys),
    days: daysFigure(context, surveys),
    openChannel:
      channel && open
        ? {
            sid: channel.sid,
            state: channel.state as SurveyState,
            received: open.received,
            channels: channelsOf(rows, channel.id, channel.channels, locale).map((each) => ({
              ...each,
              share: percent(each.received, open.received),
            })),
          }
        : null,
    level: standing.plan.screening.level,
    updated,
    mayMark: deciders.includes(staff.role),
    ...said,
  }
  const body = <FieldworkPage {...props} />
  return answerHtml(exchange, { face: 'office', title: fieldworkTitle(props), body, status })
}
