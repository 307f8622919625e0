import { fill } from '../../client/messages/fill.ts'
import { innovationMessages } from '../../client/messages/innovation.ts'
import { InnovationPage, type InnovationPageProps, innovationTitle } from '../../client/pages/office/innovation.tsx'
import { InnovationPrintPage } from '../../client/pages/office/innovation-print.tsx'
import { reasonLength } from '../../client/pages/office/screening-batches.ts'
import { innovationReaders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import {
  closeRound,
  declareConflicts,
  dismissMember,
  nameMember,
  startRound,
  submitRatings,
} from '../../db/innovation-panel.ts'
import { listPeople } from '../../db/people.ts'
import { type Review, saveReviews } from '../../db/reviews.ts'
import type { Scope } from '../../db/scope.ts'
import { readScores } from '../../db/scoring.ts'
import { hex } from '../../surveys/canonical.ts'
import { enteredScore } from '../../surveys/innovation.ts'
import { halfUp } from '../../surveys/rational.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import type { Fields } from '../body.ts'
import { momentText } from '../calendar.ts'
import { innovationRuleOf, trimmed } from '../figures.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOf, titleOf } from '../surveys.ts'
import { type InnovationDesk, isConflicted, openInnovation, projectsOf, resultsOf } from './innovation-desk.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'

const reading = { who: innovationReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' } as const

/** The review of a cycle, as far as this person may see it. */
export const innovationPage = defineRoute({
  method: 'GET',
  path: patterns.innovation,
  policy: reading,
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openInnovation(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const done = dones.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, desk, { done }, 200)
  },
})

const dones = [
  ...(['named', 'dismissed', 'started', 'closed', 'recorded', 'declared', 'handed'] as const),
  ...(['withdrawn', 'rules'] as const),
]

/** What the office does with the panel and its result, and what a member declares and hands in. */
export const innovationAct = defineRoute({
  method: 'POST',
  path: patterns.innovation,
  policy: {
    who: ['office_admin', 'reviewer'],
    scope: 'jurisdiction',
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
  body: { types: ['form'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req, locale } = exchange
    const fields = body.kind === 'form' ? body.fields : null
    const press = fields && oneOf(fields, 'do')
    if (!fields || press === undefined || press === null) return refuse(exchange, 'bad_request')
    const desk = await openInnovation(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const { rule, me } = desk
    const words = innovationMessages(locale)
    const act = { cycle: desk.found.cycle.id, now: world.now(), req }
    const again = async (href: string, text: string, status: number, typed: Partial<Said> = {}) => {
      const now = (await openInnovation(exchange, scope)) ?? desk
      return show(exchange, scope, now, { problem: { href, text }, ...typed }, status)
    }
    const end = (done: (typeof dones)[number], written: { readonly ok: boolean }, refusal = words.problemState) =>
      written.ok
        ? seeOther(exchange, 'office', `${carry(urls.innovation(params.jid, params.cycle), exchange)}&done=${done}`)
        : again('#main', refusal, 409)
    if (press === 'declare' || press === 'hand') {
      if (!me) return refuse(exchange, 'forbidden')
      if (press === 'hand') return end('handed', await submitRatings(world.writer, scope, act), words.problemHand)
      const codes = fields.get('o') ?? []
      if (oneOf(fields, 'sure') !== '1') return again('#sure', words.problemDeclare, 422, { codes })
      const organs = desk.file.organs.filter(({ code }) => codes.includes(code)).map(({ id }) => id)
      return end('declared', await declareConflicts(world.writer, scope, { ...act, organs }))
    }
    if (scope.role !== 'office_admin') return refuse(exchange, 'forbidden')
    const user = oneOf(fields, 'user') ?? ''
    switch (press) {
      case 'name':
        return end('named', await nameMember(world.writer, scope, { ...act, user }))
      case 'dismiss':
        return end('dismissed', await dismissMember(world.writer, scope, { ...act, user }))
      case 'start': {
        const started = await startRound(world.writer, scope, { ...act, ratings: rule.ratings })
        return end('started', started, fill(words.problemStart, { ratings: rule.ratings }))
      }
      case 'close': {
        const typed = oneOf(fields, 'reason') ?? ''
        const reason = readReason(typed)
        const short = fill(words.problemReason, reasonLength)
        if (reason === null) return again('#reason', short, 422, { reason: typed })
        return end('closed', await closeRound(world.writer, scope, { ...act, reason }))
      }
      case 'record': {
        if (desk.phase !== 'closed') return again('#main', words.problemState, 409)
        const reviews = await reviewsOf(exchange, scope, desk)
        const entered =
          reviews.length > 0 && (await saveReviews(world.writer, scope, { ...act, plan: desk.plan, reviews })).ok
        return end('recorded', { ok: entered }, words.recordedConflict)
      }
      default:
        return refuse(exchange, 'bad_request')
    }
  },
})

/** Every project, and what came of it, on paper. */
export const innovationPrint = defineRoute({
  method: 'GET',
  path: patterns.innovationPrint,
  policy: reading,
  async handler(exchange) {
    const { scope, locale, world } = exchange
    const desk = await openInnovation(exchange, scope)
    if (!desk?.indicator) return refuse(exchange, 'not_found')
    const title = fill(innovationMessages(locale).printTitle, { cycle: titleOf(desk.found.cycle, locale) })
    const foot = [hex(desk.file.plan.hash), momentText(world.now(), locale)].join(' · ')
    const props = {
      ...{ locale, title, foot, rule: innovationRuleOf(desk.plan, locale) },
      projects: desk.projects.map((project) => ({ ...project, organ: organName(desk, project.organ, locale) })),
      results: desk.seesResults ? resultRows(desk, locale) : null,
    }
    return answerHtml(exchange, { face: 'office', title, body: <InnovationPrintPage {...props} /> })
  },
})

type Locale = Exchange['locale']

const oneOf = (fields: Fields, name: string): string | undefined =>
  fields.get(name)?.length === 1 ? fields.get(name)![0]! : undefined

/** The results as reviews, in the name of whoever has scored there or leads the indicator. */
async function reviewsOf({ world }: Exchange, scope: Scope, desk: InnovationDesk): Promise<Review[]> {
  const { indicator, found, rule } = desk
  if (!indicator) return []
  const words = innovationMessages('zh-CN')
  const scores = await readScores(world.db, scope, found.cycle.id)
  return resultsOf(desk).flatMap(({ organ, projects, result }) => {
    if (result === null) return []
    const row = scores.find((each) => each.organ === organ.id && each.indicator === indicator.id)
    const lead = row?.lead ?? indicator.lead?.[0]?.['zh-CN'] ?? words.nav
    const parts = projects.map(
      ({ project, result: { mean, totals } }) =>
        `《${project.title}》${mean ? halfUp(mean, 2) : ''}（${totals.length}）`,
    )
    const reason = `${words.nav}：${words[`rule_${rule.rule}`]}；${parts.join('，') || words.none}`
    return [{ organ: organ.id, indicator: indicator.id, lead, score: enteredScore(result), deduction: '0', reason }]
  })
}

const organName = ({ file }: InnovationDesk, id: number, locale: Locale): string =>
  nameOf(file.organs.find((organ) => organ.id === id)!, locale)

function resultRows(desk: InnovationDesk, locale: Locale): NonNullable<InnovationPageProps['results']> {
  return resultsOf(desk).map(({ organ, projects, result }) => ({
    organ: nameOf(organ, locale),
    result: result && trimmed(result),
    projects: projects.map(({ project, result: { mean, spread, totals, isDispersed } }) => ({
      ...{ title: project.title, ratings: totals.length, isDispersed },
      mean: mean && trimmed(mean),
      spread: spread && trimmed(spread),
    })),
  }))
}

interface Said {
  readonly done: InnovationPageProps['done']
  readonly problem: InnovationPageProps['problem']
  /** Codes of the organs that were ticked, and the reason that was typed. */
  readonly codes: readonly string[]
  readonly reason: string
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: InnovationDesk,
  { done = null, problem = null, codes, reason = '' }: Partial<Said>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { found, file, panel, me, phase, lock, indicator, projects, rule, own } = desk
  const { jid = '', cycle = '' } = exchange.params as Record<string, string>
  const isOffice = scope.role === 'office_admin'
  const names = await readStaffNames(world.db, scope, [
    ...panel.members.map(({ user }) => user),
    panel.round?.closedBy ?? '',
  ])
  const people = isOffice && phase !== 'closed' ? await listPeople(world.db, scope, world.now()) : []
  const watches = !['organ_officer', 'reviewer'].includes(scope.role)
  const results = desk.seesResults ? resultRows(desk, locale) : null
  const closed = panel.round && panel.round.closedAt > 0 ? panel.round : null
  const props: InnovationPageProps = {
    shell: await shellOf(exchange, 'innovation', found),
    ...{ phase, lock, reason, problem, done, isOffice, results },
    rule: innovationRuleOf(desk.plan, locale),
    mayChangeRules: isOffice && file.plan.frozenAt === null,
    closed: closed && {
      time: momentText(closed.closedAt, locale),
      name: closed.closedBy === '' ? '' : (names.get(closed.closedBy) ?? closed.closedBy),
      reason: closed.reason,
    },
    own: own.map((organ) => {
      const taken = projects.filter((each) => each.organ === organ.id).length
      const mayAdd = phase === 'submitting' && lock === null && taken < rule.perOrgan
      const href = mayAdd ? urls.innovationProject(jid, cycle, organ.code, 0) : null
      return { name: nameOf(organ, locale), taken, href, isFull: taken >= rule.perOrgan }
    }),
    projects: projects.map(({ organ, n, title }) => ({
      ...{ title, organ: organName(desk, organ, locale) },
      href: urls.innovationProject(jid, cycle, file.organs.find(({ id }) => id === organ)!.code, n),
      mine: !me
        ? null
        : isConflicted(desk, organ)
          ? ('conflicted' as const)
          : panel.ratings.some((each) => each.user === me.user && each.organ === organ && each.n === n)
            ? ('ratedMark' as const)
            : ('unrated' as const),
    })),
    panel: watches
      ? {
          members: panel.members.map((member) => ({
            id: member.user,
            name: names.get(member.user) ?? member.user,
            state: member.submittedAt > 0 ? 'submitted' : member.declaredAt > 0 ? 'declared' : 'named',
            conflicts: member.conflicts
              .flatMap(({ organ }) => file.organs.find(({ id }) => id === organ) ?? [])
              .map((organ) => nameOf(organ, locale)),
            rated: panel.rated.get(member.user) ?? 0,
            due: projectsOf(desk, member).length,
          })),
          candidates: people
            .filter(
              ({ id, disabled, roles }) =>
                !disabled &&
                roles.some(({ role }) => role === 'office_admin' || role === 'reviewer') &&
                !panel.members.some(({ user }) => user === id),
            )
            .map(({ id, name, email }) => ({ id, name: name || email })),
        }
      : null,
    member: me && {
      isDeclared: me.declaredAt > 0,
      isSubmitted: me.submittedAt > 0,
      rated: panel.rated.get(me.user) ?? 0,
      due: projectsOf(desk, me).length,
      organs: file.organs
        .filter(({ id }) => projects.some(({ organ }) => organ === id))
        .map((organ) => {
          const conflict = me.conflicts.find((each) => each.organ === organ.id)
          const isOwn = conflict?.kind === 'own' || (scope.organs !== 'all' && scope.organs.includes(organ.id))
          const isTicked = codes ? codes.includes(organ.code) : conflict !== undefined
          return { code: organ.code, name: nameOf(organ, locale), isOwn, isTicked }
        }),
    },
    recordable:
      isOffice && phase === 'closed' && lock === null && indicator
        ? {
            with: results?.filter(({ result }) => result !== null).length ?? 0,
            without: results?.filter(({ result }) => result === null).length ?? 0,
          }
        : null,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: innovationTitle(props),
    body: <InnovationPage {...props} />,
    status,
  })
}
