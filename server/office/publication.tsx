import {
  type PublicationAct,
  PublicationPage,
  type PublicationPageProps,
  publicationTitle,
} from '../../client/pages/office/publication.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { cycleSubject, readApprovals } from '../../db/approvals.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { hex } from '../../surveys/canonical.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { hasChanged, proposeCorrection, proposeWithdrawal } from '../corrections.ts'
import { refuse } from '../problem.tsx'
import { publishedOf } from '../publications.ts'
import { versionLine } from '../published-results.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { outdatedLock } from '../summing.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'

/** What was published of a cycle, and whether the tables say something else by now. */
export const publicationPage = defineRoute({
  method: 'GET',
  path: patterns.publication,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const done = acts.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, found, { done, problem: null }, 200)
  },
})

const acts: readonly PublicationAct[] = ['correct', 'withdraw']

/** Proposes a correction of what is published, or its withdrawal. */
export const publicationAct = defineRoute({
  method: 'POST',
  path: patterns.publicationAct,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'act', 'zh', 'en']) : null
    const act = acts.find((each) => each === values?.act)
    if (!values || !act) return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const again = (kind: NonNullable<PublicationPageProps['problem']>['kind'], status: number) => {
      const problem = { act, kind, zh: values.zh ?? '', en: values.en ?? '' }
      return show(exchange, scope, found, { done: null, problem }, status)
    }
    const [zh, en] = [readReason(values.zh), readReason(values.en)]
    if (zh === null) return again('reason_zh', 422)
    if (en === null) return again('reason_en', 422)
    const moment = { now: world.now(), req }
    const about = { found, reason: { zh, en } }
    const proposed =
      act === 'correct'
        ? await proposeCorrection(world, scope, about, moment)
        : await proposeWithdrawal(world, scope, about, moment)
    if (!proposed.ok) return again(proposed.error === 'nothing_changed' ? 'same' : proposed.error, 409)
    const { jid, cycle } = params
    return seeOther(exchange, 'office', `${carry(urls.publication(jid, cycle), exchange)}&done=${act}`)
  },
})

async function show(
  exchange: Exchange,
  scope: Scope,
  found: FoundCycle,
  said: Pick<PublicationPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const published = await publishedOf(world, found)
  const changed = published && (await hasChanged(world, scope, found, published))
  const decisions = await readApprovals(world.db, scope, { now: world.now(), subject: cycleSubject(found.cycle.id) })
  const place = { jid: found.jurisdiction.code, cycle: found.cycle.code }
  const props: PublicationPageProps = {
    shell: await shellOf(exchange, 'publication', found),
    versions: (published?.versions ?? []).map((each) => ({
      ...versionLine(each, { ...place, isShown: false, locale }),
      hash: hex(each.hash),
    })),
    tables: changed && (changed.ok ? (changed.value ? 'changed' : 'same') : changed.error),
    relock: await outdatedLock(world, scope, found.cycle.id),
    isWaiting: decisions.some(({ action, state }) => action === 'result.publish' && state === 'proposed'),
    ...said,
  }
  const body = <PublicationPage {...props} />
  return answerHtml(exchange, { face: 'office', title: publicationTitle(props), body, status })
}
