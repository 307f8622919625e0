import { canonicalJson, hex, utf8 } from '../surveys/canonical.ts'
import { type LineageNode, lineageOf, type SumsByGroup } from '../surveys/lineage.ts'
import { satisfactionId } from '../surveys/plan.ts'
import type { PublishedDocuments } from './export/documents.ts'
import type { World } from './world.ts'

/**
 * Where the satisfaction of one organ comes from: the indicator itself, its groups, their questions and sums; and the SHA-256 of
 * this list as canonical JSON, hexadecimal. Follows from the published documents, whether they hold a lineage or not.
 */
export async function indicatorLineage(
  { crypto }: Pick<World, 'crypto'>,
  { plan, cycle, surveys }: PublishedDocuments,
  figures: PublishedDocuments['results']['organs'][number],
): Promise<{ readonly lineage: LineageNode[]; readonly sha256: string }> {
  const sums: SumsByGroup = Object.fromEntries(
    surveys.map(({ sid, group, tallies }) => [group, { survey: sid, tallies: tallies.organs }]),
  )
  const organ = cycle.organs.find(({ code }) => code === figures.organ)!
  const indicator = satisfactionId(plan)
  const lineage = lineageOf(plan, organ.class, figures, sums).nodes.filter(
    ({ id }) => id === indicator || id.startsWith(`${indicator}/`),
  )
  return { lineage, sha256: hex(await crypto.sha256(utf8(canonicalJson(lineage)))) }
}
