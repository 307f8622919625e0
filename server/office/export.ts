import { exportMessages } from '../../client/messages/export.ts'
import { officeMessages } from '../../client/messages/office.ts'
import { resultsMessages } from '../../client/messages/results.ts'
import type { OrganRank } from '../../client/pages/office/organ-rows.ts'
import { readers } from '../../client/parts/office-shell.tsx'
import { type Score, withheldText } from '../../client/parts/withheld.tsx'
import { patterns } from '../../client/urls.ts'
import { findCycle } from '../../db/platform.ts'
import { hex } from '../../surveys/canonical.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { satisfactionId } from '../../surveys/plan.ts'
import { isHttps } from '../config.ts'
import { type CsvValue, csv, type Decimal, decimal } from '../csv.ts'
import { classesOf, fixed, gradesOf } from '../figures.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import type { OrganStanding, Standing } from '../standing.ts'
import { localized } from '../surveys.ts'
import { organRow } from './dashboard.tsx'

/** What every route asks of those who take a file away. */
export const taking = { scope: 'jurisdiction', fresh: true, csrf: 'none', limit: 'export', cache: 'never' } as const

/**
 * All organs of a cycle with their scores, as a file. Every file taken is in the audit: each line names the request, by
 * which the audit says who took it, when and under which plan. New columns come last, so that old readers keep theirs.
 */
export const scoresCsv = defineRoute({
  method: 'GET',
  path: patterns.scoresCsv,
  policy: { who: readers.export, ...taking },
  async handler(exchange) {
    const { world, scope, params, locale, staff } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', 'text/csv; charset=utf-8')
    headers.set('Content-Disposition', `attachment; filename="gongping-${params.jid}-${params.cycle}-scores.csv"`)
    // Nobody has taken a file who has only asked whether there is one.
    if (exchange.request.method === 'HEAD') return new Response(null, { headers })
    const standing = await world.standing(scope, found.cycle.id)
    const { plan } = standing
    const words = officeMessages(locale)
    const heads = exportMessages(locale)
    const names = resultsMessages(locale)
    const satisfied = satisfactionId(plan)
    const parts = plan.indicators
      .filter((node) => node.id !== satisfied)
      .map((node) => ({ id: node.id, title: localized(node.title, locale) }))
    const classes = new Map(classesOf(plan, standing.organs, locale).map((entry) => [entry.id, entry.title]))
    const grades = new Map(gradesOf(plan, locale).map((grade) => [grade.id, grade.title]))
    const header = [
      heads.code,
      heads.name,
      heads.organClass,
      ...groupIds.flatMap((group) => [names[group], `${names[group]} n`]),
      words.satisfaction,
      heads.low,
      heads.high,
      ...parts.map((part) => part.title),
      words.overall,
      heads.grade,
      heads.note,
      heads.taken,
      heads.place,
      heads.placeLow,
      heads.placeHigh,
      heads.tier,
      heads.expectedPlace,
      localized(plan.advancedUnits.title, locale),
      heads.borderlineGrade,
      heads.borderlineProbability,
    ]
    const rows = standing.organs.map((organ) => {
      const row = organRow(standing, organ, parts, locale)
      const notes: string[] = []
      const number = (score: Score, what: string, slot = what): CsvValue | Decimal => {
        if (score.status === 'ok') return decimal(score.score)
        notes.push(`${what}: ${withheldText(names, score.why, slot)}`)
        return null
      }
      const interval = row.interval?.status === 'ok' ? row.interval : null
      const cells: (CsvValue | Decimal)[] = [
        row.code,
        row.name,
        classes.get(row.organClass) ?? row.organClass,
        // A count only where it was counted: while people may answer, and where nobody was asked, 0 would be a claim.
        ...groupIds.flatMap((group) => [
          number(row.groups[group].result, names[group]),
          organ.groups[group].sums?.n ?? null,
        ]),
        number(row.satisfaction, words.satisfaction, names.satisfactionScore),
        interval ? decimal(interval.low) : null,
        interval ? decimal(interval.high) : null,
        ...row.parts.map((score, at) => number(score, parts[at]!.title)),
        number(row.overall, words.overall, names.overallScore),
        row.grade === null ? null : (grades.get(row.grade) ?? row.grade),
      ]
      return [...cells, notes.join('; '), exchange.req, ...orderCells(standing, organ, row.rank, heads, grades)]
    })
    await world.writer.transact({
      statements: [],
      audit: [
        {
          at: world.now(),
          actor: staff.id,
          role: staff.role,
          jurisdiction: scope.jurisdiction,
          action: 'scores.export',
          object: `${params.jid}/${params.cycle}`,
          reason: `plan ${hex(standing.planHash)}`,
          outcome: 'done',
          req: exchange.req,
        },
      ],
    })
    return new Response(csv(header, rows), { headers })
  },
})

/** Place, tier and what is near; empty where nothing is known, and no place that may not be printed. */
function orderCells(
  { ranking }: Standing,
  { margin }: OrganStanding,
  rank: OrganRank,
  heads: ReturnType<typeof exportMessages>,
  grades: ReadonlyMap<string, string>,
): (CsvValue | Decimal)[] {
  const borderline = margin?.borderline ?? null
  const near = borderline
    ? [grades.get(borderline.grade) ?? borderline.grade, decimal(fixed(borderline.probability, 3))]
    : [null, null]
  if (rank.status !== 'ranked') {
    // Beside others with scores, an organ without one might still be among the advanced units.
    const advanced = rank.status === 'unscored' && ranking ? heads.undecided : null
    return [null, null, null, null, null, advanced, ...near]
  }
  const expected = rank.expected === null ? null : decimal(rank.expected)
  return [rank.place, ...rank.interval, rank.tier, expected, heads[rank.advanced], ...near]
}
