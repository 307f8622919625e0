import { SelfListPage, type SelfListPageProps, selfListTitle } from '../../client/pages/office/self-assessments.tsx'
import { selfReaders } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { reaches, readSelves, submittedSheet } from '../../db/self-assessments.ts'
import { answerHtml } from '../answer-html.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import { nameOf } from '../surveys.ts'
import { deadlineOf, openSelfCycle, submissionOf, termsOf, totalOf } from './self-desk.ts'
import { shellOf } from './shell.ts'

/** Which organs have submitted their tables; an organ's own people see theirs alone. */
export const selfList = defineRoute({
  method: 'GET',
  path: patterns.selfAssessments,
  policy: { who: selfReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, locale } = exchange
    const cycle = await openSelfCycle(exchange, scope)
    if (!cycle) return refuse(exchange, 'not_found')
    const selves = await readSelves(world.db, scope, cycle.found.cycle.id)
    const organs = cycle.file.organs
      .map((organ) => ({ ...organ, ...termsOf(cycle, organ.class) }))
      .filter(({ id, items }) => reaches(scope, id) && items.length > 0)
    const props: SelfListPageProps = {
      shell: await shellOf(exchange, 'self', cycle.found),
      deadline: deadlineOf(cycle, world.now(), locale),
      organs: organs.map((organ) => {
        const self = selves.get(organ.id)
        const sheet = self && submittedSheet(self)
        return {
          code: organ.code,
          name: nameOf(organ, locale),
          state: self?.state ?? 'none',
          submitted: submissionOf(cycle, self, locale),
          proposed: sheet ? totalOf(organ, sheet).proposed : '',
        }
      }),
    }
    return answerHtml(exchange, { face: 'office', title: selfListTitle(props), body: <SelfListPage {...props} /> })
  },
})
