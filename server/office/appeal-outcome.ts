import { type Appeal, listAppeals } from '../../db/appeals.ts'
import { type Review, readReviews } from '../../db/reviews.ts'
import type { Scope } from '../../db/scope.ts'
import { publishedDocuments } from '../publications.ts'
import type { Exchange } from '../route.ts'
import type { FollowDesk } from './follow-desk.ts'

// What has become of appeals that were accepted: whether the public reads the score that they led to.

/**
 * The first version after the decision in which the item has the score that it has now, by what lead departments give as things
 * stand; of ratings, whose slips are nobody's, just the first version. null while there is none.
 */
export async function correctedIn(
  { world }: Exchange,
  { published, organ }: FollowDesk,
  reviews: readonly Review[],
  { kind, indicator, lead, decidedAt }: Appeal,
): Promise<number | null> {
  if (!published) return null
  const later = published.versions.filter(({ madeAt, withdrawn }) => madeAt > decidedAt && !withdrawn).reverse()
  if (kind === 'rating') return later[0]?.version ?? null
  const now = reviews.find(
    (each) => each.organ === organ.id && each.indicator === indicator && each.lead === lead,
  )?.score
  for (const shown of later) {
    const documents = await publishedDocuments(world, { ...published, shown })
    const figures = documents?.results.organs.find((each) => each.organ === organ.code)
    if (now !== undefined && figures?.reviews.find((each) => each.indicator === indicator)?.score === now)
      return shown.version
  }
  return null
}

/** How many appeals of an organ have changed a score that no published version has yet. */
export async function countUncorrected(exchange: Exchange, scope: Scope, desk: FollowDesk): Promise<number> {
  const { db } = exchange.world
  const { id } = desk.found.cycle
  const [appeals, reviews] = await Promise.all([listAppeals(db, scope, id), readReviews(db, scope, id)])
  const accepted = appeals.filter(
    ({ organ, kind, state }) => organ === desk.organ.id && kind === 'deduction' && state === 'accepted',
  )
  const versions = await Promise.all(accepted.map((appeal) => correctedIn(exchange, desk, reviews, appeal)))
  return versions.filter((version) => version === null).length
}
