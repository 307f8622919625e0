import { DrawsPage, drawsTitle } from '../client/pages/respond/draws-page.tsx'
import { patterns } from '../client/urls.ts'
import { listFrames } from '../db/frames.ts'
import { hex } from '../surveys/canonical.ts'
import { answerHtml } from './answer-html.ts'
import { momentText } from './calendar.ts'
import { respondentScope } from './guard.ts'
import { refuse } from './problem.tsx'
import { defineRoute } from './route.ts'
import { findContext, localized, surveyHead } from './surveys.ts'

/** Of which lists samples of a survey were drawn, by which seeds, and how anybody draws them again. Nobody is named. */
export const draws = defineRoute({
  method: 'GET',
  path: patterns.draws,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, params, locale, size, isKiosk } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    const { jurisdiction, survey, organs } = context
    const frames = await listFrames(world.pages, respondentScope(jurisdiction.id), survey.id)
    const nameOfStratum = (stratum: string) => {
      const organ = organs.find(({ code }) => code === stratum)
      return organ ? localized(organ.name, locale) : stratum
    }
    const props = {
      ...{ locale, size, isKiosk, demo: world.config.demo },
      survey: surveyHead(context, locale),
      frames: frames.map(({ hash, strata, registeredAt, seed, drawnAt }) => ({
        hash: hex(hash),
        registered: momentText(registeredAt, locale),
        drawn: drawnAt === 0 ? null : { seed, time: momentText(drawnAt, locale) },
        strata: strata.map((each) => ({ ...each, name: nameOfStratum(each.stratum) })),
      })),
    }
    return answerHtml(exchange, { face: 'respond', title: drawsTitle(props), body: <DrawsPage {...props} /> })
  },
})
