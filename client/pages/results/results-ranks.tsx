import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { publicSiteMessages } from '../../messages/public-site.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { grouped } from '../../parts/numbers.ts'
import { type Score, withheldText } from '../../parts/withheld.tsx'
import type { Ranks } from '../office/dashboard.tsx'
import type { ResultsPageProps, ResultsRow } from './results.tsx'

/** Answers about one organ that two persons took out of its score. */
export type QuarantineNote = {
  organ: string
  groups: readonly ({ group: GroupId } & (
    | { shown: 'both'; slips: number }
    | { shown: 'official'; fewerThan: number; effectAtMost: string | null }
  ))[]
  official: Scores
  /** With everything put back; null where the slips of a group are so few that it would tell their answers. */
  all: Scores | null
}

type Scores = { satisfaction: Score; overall: Score; grade: string | null }
type BlockProps = ResultsPageProps & { words: ResultsMessages }

/** Why there are places or only tiers, in one sentence for below the table. */
export function orderText({ ranks, locale, words }: BlockProps): string {
  if (ranks === null) return words.orderNote
  if (ranks.showsPlaces) return words.placesNote
  const why = ranks.unscored > 0 ? words.tiersUnscored : words.tiersPairs
  const { unscored, separatedPercent, neededPercent } = ranks
  return sentences(locale, fill(why, { unscored, separatedPercent, neededPercent }), words.tiersNote)
}

/** What may be concluded from the order: the advanced units, and what other points for the levels would change. */
export function RanksBlock(props: BlockProps) {
  const { ranks, locale, words } = props
  if (ranks === null) return null
  const mappings = mappingText(ranks, words)
  return (
    <section aria-labelledby="ranks-title">
      <h2 id="ranks-title">{words.ranksHeading}</h2>
      {ranks.advanced.count > 0 && <AdvancedUnits {...props} ranks={ranks} />}
      {mappings !== '' && <p>{sentences(locale, mappings, words.mappingsNote)}</p>}
    </section>
  )
}

function AdvancedUnits({ organs, ranks, choice, locale, words }: BlockProps & { ranks: Ranks }) {
  const site = publicSiteMessages(locale)
  const { title, count, grade } = ranks.advanced
  const byName = new Intl.Collator(locale)
  const names = (isMeant: (rank: ResultsRow['rank']) => boolean) =>
    organs
      .filter(({ rank }) => isMeant(rank))
      .map(({ name }) => name)
      .sort(byName.compare)
  const certain = names((rank) => rank.status === 'ranked' && rank.advanced === 'certain_in')
  // Where an organ without a score would stand nobody knows.
  const open = names(
    (rank) => rank.status === 'unscored' || (rank.status === 'ranked' && rank.advanced === 'undecided'),
  )
  const list = (of: readonly string[]) => <bdi>{of.join(words.listSeparator)}</bdi>
  return (
    <>
      <p>{fill(words.advancedRule, { title, count, grade })}</p>
      <ul>
        <li>
          {fill(words.advancedIn, { n: certain.length })}
          {list(certain)}
        </li>
        <li>
          {fill(words.advancedOpen, { n: open.length, chosen: Math.min(count - certain.length, open.length) })}
          {list(open)}
        </li>
        {choice && (
          <li>
            {fill(site.chosen, { n: choice.names.length })}
            {list(choice.names)}
            {site.chosenBecause}
            <bdi>{choice.reason}</bdi>
          </li>
        )}
        <li>{fill(words.advancedOut, { n: ranks.scored + ranks.unscored - certain.length - open.length })}</li>
      </ul>
    </>
  )
}

function mappingText({ mappings }: Ranks, words: ResultsMessages): string {
  const told = mappings.flatMap(({ title, points, change }) =>
    change === null
      ? []
      : [
          fill(words.mappingItem, {
            title,
            points: points.join(words.listSeparator),
            n: change.grades.length,
            move: change.largestMove,
            pairs: grouped(change.pairsReversed),
          }),
        ],
  )
  return told.length === 0 ? '' : fill(words.mappings, { list: told.join(words.clauseSeparator) })
}

/** Every quarantine is counted in public: with both scores, or, of a handful, with the most that they could matter. */
export function QuarantineBlock(props: Pick<BlockProps, 'quarantined' | 'locale' | 'grades' | 'words'>) {
  const { quarantined, locale, words } = props
  if (quarantined.length === 0) return null
  const counts = quarantined.flatMap(({ groups }) => groups)
  const n = counts.reduce((sum, each) => (each.shown === 'both' ? sum + each.slips : sum), 0)
  const few = counts.filter(({ shown }) => shown === 'official').length
  return (
    <section aria-labelledby="quarantine-title">
      <h2 id="quarantine-title">{words.quarantineHeading}</h2>
      <p>
        {sentences(
          locale,
          n > 0 ? fill(words.quarantineCount, { n: grouped(n) }) : '',
          few > 0 ? fill(words.quarantineFew, { n: few }) : '',
          words.quarantineRule,
        )}
      </p>
      <ul>
        {quarantined.map((note) => (
          <li key={note.organ}>
            <bdi>{note.organ}</bdi>
            {fill(words.quarantineLine, { text: noteText(note, props) })}
          </li>
        ))}
      </ul>
    </section>
  )
}

function noteText(
  { groups, official, all }: QuarantineNote,
  { grades, words }: Pick<BlockProps, 'grades' | 'words'>,
): string {
  const parts = groups.map((own) => {
    const group = words[own.group]
    if (own.shown === 'official') {
      const { fewerThan, effectAtMost } = own
      return effectAtMost === null
        ? fill(words.quarantineFewOf, { group, fewerThan })
        : fill(words.quarantineBound, { group, fewerThan, effectAtMost })
    }
    return fill(words.quarantineOf, { group, n: grouped(own.slips) })
  })
  if (all !== null) {
    const said = ({ satisfaction, overall, grade }: Scores) => ({
      satisfaction: scoreText(satisfaction, words.satisfactionScore, words),
      overall: scoreText(overall, words.overallScore, words),
      grade: grades.find(({ id }) => id === grade)?.title ?? '',
    })
    parts.push(fill(words.quarantineWithout, said(official)), fill(words.quarantineWith, said(all)))
  }
  return parts.join(words.clauseSeparator)
}

const scoreText = (score: Score, what: string, words: ResultsMessages): string =>
  score.status === 'ok' ? score.score : withheldText(words, score.why, what)
