import {
  PublicRectificationPage,
  type PublicRectificationProps,
  publicRectificationTitle,
} from '../client/pages/results/rectification.tsx'
import { patterns, urls } from '../client/urls.ts'
import { findCycle } from '../db/platform.ts'
import { listPublicMeasures, measuresRevision } from '../db/rectifications.ts'
import { isPublished } from '../surveys/cycle.ts'
import { daysBehind, isOverdue } from '../surveys/rectification.ts'
import { dateText, dayField, dayOf } from './calendar.ts'
import { systemScope } from './guard.ts'
import { cachedPage } from './page-cache.ts'
import { refuse } from './problem.tsx'
import { defineRoute } from './route.ts'
import { nameOf, titleOf } from './surveys.ts'

/** How far organs have come with what they do about published results: what the office has accepted, and nobody's name. */
export const publicRectification = defineRoute({
  method: 'GET',
  path: patterns.publicRectification,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' },
  async handler(exchange) {
    const { world, params, locale, size } = exchange
    const found = await findCycle(world.pages, params.jid, params.cycle)
    if (!found || !isPublished(found.cycle.state)) return refuse(exchange, 'not_found')
    const scope = systemScope(found.jurisdiction.id)
    const { id, code: cycle } = found.cycle
    const jid = found.jurisdiction.code
    const today = dayField(dayOf(world.now()))
    const revision = await measuresRevision(world.pages, scope, id)
    return cachedPage(exchange, `rectification|${jid}|${cycle}|${revision}|${today}`, 60, async () => {
      const measures = await listPublicMeasures(world.pages, scope, id)
      const props: PublicRectificationProps = {
        ...{ locale, size, jid, cycle, demo: world.config.demo },
        path: urls.publicRectification(jid, cycle),
        jurisdiction: nameOf(found.jurisdiction, locale),
        cycleTitle: titleOf(found.cycle, locale),
        measures: measures.map(({ organ, n, state, sheet, finished, changes }) => {
          const due = sheet?.due ?? ''
          const isOpen = isOverdue({ state, due }, today)
          return {
            ...{ n, state, sheet, organ: nameOf(organ, locale), isOverdue: isOpen },
            behind:
              isOpen || finished !== null
                ? daysBehind({ due, finished: finished === null ? null : dayField(dayOf(finished)) }, today)
                : 0,
            changes: changes.map(({ move, at, note }) => ({
              ...{ note, isWithdrawal: move === 'withdraw', on: dateText(at, locale) },
            })),
          }
        }),
      }
      return { face: 'results', title: publicRectificationTitle(props), body: <PublicRectificationPage {...props} /> }
    })
  },
})
