import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { resultsMessages, sentences } from '../../messages/results.ts'
import { Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import type { DashboardPageProps, MappingLine, Ranks } from './dashboard.tsx'
import type { OrganRow } from './organ-rows.ts'

type SectionProps = DashboardPageProps & { words: OfficeMessages; ranks: Ranks }

/** More organs than these are counted and not named. */
const namedChanges = 5

/** What may be concluded from the order: which advanced units are certain, and what other points would change. */
export function RanksSection(props: SectionProps) {
  const { ranks, words } = props
  if (ranks.advanced.count === 0 && ranks.mappings.length === 0) return null
  return (
    <section class="block" id="ranks" aria-labelledby="ranks-title">
      <h2 id="ranks-title">{words.ranksHeading}</h2>
      {ranks.advanced.count > 0 && <AdvancedUnits {...props} />}
      {ranks.mappings.length > 0 && <OtherPoints {...props} />}
    </section>
  )
}

/** Why there are only tiers, with the numbers; or what the intervals beside the places mean. */
export function placesNote({ ranks, words, shell }: SectionProps): string {
  if (ranks.showsPlaces) return words.placesShown
  const why: string[] = []
  if (ranks.unscored > 0) why.push(fill(words.placesUnscored, { n: ranks.unscored }))
  if (Number(ranks.separatedPercent) < ranks.neededPercent) {
    why.push(
      fill(words.placesNotApart, {
        separated: grouped(ranks.separatedPairs),
        pairs: grouped(ranks.pairs),
        percent: ranks.separatedPercent,
        needed: ranks.neededPercent,
      }),
    )
  }
  const reasons = why.join(resultsMessages(shell.locale).clauseSeparator)
  const among = ranks.unscored > 0 ? fill(words.placesAmong, { n: ranks.scored }) : ''
  return sentences(shell.locale, fill(words.placesNone, { why: reasons }), among, words.tiersNote)
}

function AdvancedUnits({ organs, ranks, words, shell }: SectionProps) {
  const { title, count, grade } = ranks.advanced
  const byName = new Intl.Collator(shell.locale)
  const standing = (wanted: 'certain_in' | 'undecided' | 'unscored') =>
    organs
      .filter(({ rank }) => (rank.status === 'ranked' ? rank.advanced : rank.status) === wanted)
      .sort((one, other) => byName.compare(one.name, other.name))
  const certain = standing('certain_in')
  const undecided = standing('undecided')
  const unscored = standing('unscored')
  const open = undecided.length + unscored.length
  const chosen = Math.min(count - certain.length, open)
  const out = ranks.scored + ranks.unscored - certain.length - open
  const list = (of: readonly OrganRow[]) => of.map(({ name }) => name).join(words.organSeparator)
  const likely = undecided.flatMap(({ name, rank }) =>
    rank.status === 'ranked' && rank.amongFirst !== undefined ? [{ name, percent: rank.amongFirst }] : [],
  )
  return (
    <section aria-labelledby="advanced-title">
      <h3 id="advanced-title">{title}</h3>
      <p>
        {sentences(
          shell.locale,
          fill(words.advancedRule, { title, count, grade }),
          fill(words.advancedFinding, { certain: certain.length, chosen, open, out }),
        )}
      </p>
      <dl class="facts">
        {certain.length > 0 && (
          <>
            <dt>{words.advancedIn}</dt>
            <dd>{list(certain)}</dd>
          </>
        )}
        {undecided.length > 0 && (
          <>
            <dt>{words.advancedUndecided}</dt>
            <dd>
              {list(undecided)}
              {likely.length > 0 && (
                <p class="hint">
                  {fill(words.advancedLikely, {
                    count,
                    list: likely.map((each) => fill(words.advancedLikelyOne, each)).join(words.organSeparator),
                  })}
                </p>
              )}
            </dd>
          </>
        )}
        {unscored.length > 0 && (
          <>
            <dt>{words.advancedUnscored}</dt>
            <dd>{list(unscored)}</dd>
          </>
        )}
      </dl>
      {chosen > 0 && <p class="note">{words.advancedChoice}</p>}
    </section>
  )
}

function OtherPoints({ ranks, words }: SectionProps) {
  return (
    <section aria-labelledby="points-title">
      <h3 id="points-title">{words.mappingHeading}</h3>
      <p class="hint">{words.mappingText}</p>
      <Scroll label={words.mappingHeading}>
        <table class="data stack of-2 other-points">
          <caption class="vh">{words.mappingHeading}</caption>
          <thead>
            <tr>
              <th scope="col">{words.mappingPoints}</th>
              <th scope="col">{words.mappingGrades}</th>
              <th scope="col" class="n">
                {words.mappingMove}
              </th>
              <th scope="col" class="n">
                {words.mappingPairs}
              </th>
            </tr>
          </thead>
          <tbody>
            {ranks.mappings.map(({ title, points, change }) => (
              <tr key={title}>
                <th scope="row">
                  {title}
                  <small>{points.join(' / ')}</small>
                </th>
                {change === null ? (
                  <td colSpan={3}>{words.mappingBase}</td>
                ) : (
                  <ChangeCells change={change} pairs={ranks.pairs} words={words} />
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

type ChangeProps = {
  change: NonNullable<MappingLine['change']>
  pairs: number
  words: OfficeMessages
}

function ChangeCells({ change, pairs, words }: ChangeProps) {
  const { grades, largestMove, pairsReversed } = change
  return (
    <>
      <td>
        {fill(words.mappingGradesOf, { n: grades.length })}
        {grades.length > 0 && grades.length <= namedChanges && <small>{grades.join(words.organSeparator)}</small>}
      </td>
      <td class="n">{fill(words.mappingMoveOf, { n: largestMove })}</td>
      <td class="n">{fill(words.ofExpected, { received: grouped(pairsReversed), expected: grouped(pairs) })}</td>
    </>
  )
}
