import type { SelfTask } from '../../client/pages/office/home.tsx'
import { SelfListPage, type SelfListPageProps, selfListTitle } from '../../client/pages/office/self-assessments.tsx'
import { selfReaders } from '../../client/parts/office-shell.tsx'
import { patterns, urls } from '../../client/urls.ts'
import { listCyclesOf, readCycle } from '../../db/platform.ts'
import { reaches, readSelves, submittedSheet } from '../../db/self-assessments.ts'
import { answerHtml } from '../answer-html.ts'
import { systemScope } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOf, titleOf } from '../surveys.ts'
import { deadlineOf, isOpenForSelf, openSelfCycle, selfCycleOf, submissionOf, termsOf, totalOf } from './self-desk.ts'
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

/** What somebody of an organ has to do, the nearest day first; null for everybody else. */
export async function selfTasks({ world, staff, locale }: Exchange<string, readonly []>): Promise<SelfTask[] | null> {
  const held = staff!.grants.filter(({ role }) => role === 'organ_officer')
  if (held.length === 0) return null
  const tasks: (SelfTask & { readonly dueOn: number })[] = []
  for (const found of await listCyclesOf(world.db, [...new Set(held.map(({ jurisdiction }) => jurisdiction))])) {
    if (!found.planId) continue
    const { id, code } = found.jurisdiction
    const scope = systemScope(id)
    const cycle = selfCycleOf(found, await readCycle(world.db, scope, found.cycle.id))
    if (!isOpenForSelf(cycle)) continue
    const selves = await readSelves(world.db, scope, found.cycle.id)
    const { text: due, isPast } = deadlineOf(cycle, world.now(), locale)
    for (const organ of cycle.file.organs) {
      const isMine = held.some((grant) => grant.jurisdiction === id && grant.organ === organ.id)
      if (!isMine || termsOf(cycle, organ.class).items.length === 0) continue
      const state = selves.get(organ.id)?.state ?? 'none'
      const names = { cycle: titleOf(found.cycle, locale), organ: nameOf(organ, locale) }
      const href = urls.selfAssessment(code, found.cycle.code, organ.code)
      tasks.push({ ...names, due, isPast, state, href, dueOn: cycle.dueOn })
    }
  }
  return tasks.sort((one, other) => one.dueOn - other.dueOn)
}
