import { labelOfField } from '../../client/pages/office/cycle-plan.tsx'
import { PlanOriginPage, type PlanOriginProps, planOriginTitle } from '../../client/pages/office/plan-origin.tsx'
import { readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { findOrigin } from '../../db/places.ts'
import { findCycle, readCycle } from '../../db/platform.ts'
import { treeDifferences } from '../../surveys/indicator-tree.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { planDifferences } from '../../surveys/plan-fields.ts'
import { answerHtml } from '../answer-html.ts'
import { dateText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import { readStored } from '../stored.ts'
import { nameOf } from '../surveys.ts'
import { shellOf } from './shell.ts'

/** From whose plan a year was begun, and what differs from it since. */
export const planOriginPage = defineRoute({
  method: 'GET',
  path: patterns.planOrigin,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const origin = await findOrigin(world.db, scope, found.cycle.id)
    const props: PlanOriginProps = { shell: await shellOf(exchange, 'places', found), origin: null }
    if (origin) {
      const before = readPlan(origin.body)
      const own = readPlan((await readCycle(world.db, scope, found.cycle.id)).plan.body)
      props.origin = {
        place: nameOf(origin, locale),
        on: dateText(origin.takenAt, locale),
        fields: planDifferences(before, own).map(([name, old, now]) => ({
          label: labelOfField(name, own, locale),
          before: old,
          after: now,
        })),
        tree: treeDifferences(before.indicators, own.indicators),
      }
    }
    return answerHtml(exchange, { face: 'office', title: planOriginTitle(props), body: <PlanOriginPage {...props} /> })
  },
})

const readPlan = (body: string): Plan => readStored(parsePlan(JSON.parse(body)))
