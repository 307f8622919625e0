import { canonicalJson, hex, utf8 } from '../surveys/canonical.ts'
import { type LineageNode, lineageOf, type OrganLineage, type SumsByGroup } from '../surveys/lineage.ts'
import { satisfactionId } from '../surveys/plan.ts'
import type { PublishedDocuments } from './export/documents.ts'
import type { World } from './world.ts'

type OrganFigures = PublishedDocuments['results']['organs'][number]

/** Where every score of one organ comes from. Follows from the published documents, whether they hold a lineage or not. */
export function publishedLineage({ plan, cycle, surveys }: PublishedDocuments, figures: OrganFigures): OrganLineage {
  const sums: SumsByGroup = Object.fromEntries(
    surveys.map(({ sid, group, tallies }) => [group, { survey: sid, tallies: tallies.organs }]),
  )
  const organ = cycle.organs.find(({ code }) => code === figures.organ)!
  return lineageOf(plan, organ.class, figures, sums)
}

/**
 * Where the satisfaction of one organ comes from: the indicator itself, its groups, their questions and sums; and the SHA-256 of
 * this list as canonical JSON, hexadecimal.
 */
export async function indicatorLineage(
  { crypto }: Pick<World, 'crypto'>,
  documents: PublishedDocuments,
  figures: OrganFigures,
): Promise<{ readonly lineage: LineageNode[]; readonly sha256: string }> {
  const indicator = satisfactionId(documents.plan)
  const lineage = publishedLineage(documents, figures).nodes.filter(
    ({ id }) => id === indicator || id.startsWith(`${indicator}/`),
  )
  return { lineage, sha256: hex(await crypto.sha256(utf8(canonicalJson(lineage)))) }
}
