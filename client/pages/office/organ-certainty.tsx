import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { Grade, type GradeDefinition } from '../../parts/grade.tsx'
import { type Score, withheldText } from '../../parts/withheld.tsx'
import type { OrganPageProps } from './organ.tsx'
import type { OrganRank } from './organ-rows.ts'

/** The organ's place or tier among those that the plan ranks, with what it takes to understand it. */
export type PlaceLine =
  | { status: 'not_ranked' }
  | (Extract<OrganRank, { status: 'ranked' }> & {
      isTied: boolean
      tiers: number
      organs: number
      /** Why there may be no places: organs without a score, and pairs told apart against those needed. */
      unscored: number
      separatedPercent: string
      neededPercent: number
    })

/** What stands beside a grade, as information. Percentages have one decimal: '99.5'. */
export type Certainty = {
  /** Per grade in the plan's order; in words where there is no error, or none that is known. */
  probabilities: readonly { grade: string; percent: string }[] | 'no_sampling_error' | 'not_known'
  borderline: { grade: string; percent: string } | null
  /** Only with the lowest grade. `timesAnswers`: '2.7' times the answers would settle it; null where they cannot. */
  measure: { status: 'safe' | 'near_cut'; percent: string | null; timesAnswers: string | null } | null
  /** The probability from which a measure is safe: '95'. */
  safePercent: string
  /** The nearest limit of a grade, how far away it is, and how many persons of the group would cross it. */
  nearest: {
    cut: string
    distance: string
    persons: number | 'more_than_answered' | null
    group: GroupId | null
  } | null
  hingesOnOneRater: boolean
  place: PlaceLine
  /** Satisfaction with other points for the levels; [] where it would tell a group's answers. */
  mappings: readonly { title: string; score: string }[]
  /** Scores with everything put back that was quarantined; null where nothing was, or too little to show them. */
  quarantine: { satisfaction: Score; overall: Score; grade: string | null; changesGrade: boolean } | null
  quarantineIsBounded: boolean
}

type SectionProps = OrganPageProps & { words: OfficeMessages; names: ResultsMessages }
type RowsProps = SectionProps & { certainty: Certainty }

/** How sure grade and place are. Nothing here changes a score. */
export function CertaintySection(props: SectionProps) {
  const { certainty, words } = props
  if (certainty === null) return null
  const rows = { ...props, certainty }
  return (
    <section class="block" aria-labelledby="certainty-title">
      <h2 id="certainty-title">{words.certaintyHeading}</h2>
      <p class="hint">{words.certaintyNote}</p>
      <dl class="facts">
        <dt>{words.probabilities}</dt>
        <dd>
          <Probabilities {...rows} />
        </dd>
        {certainty.nearest && (
          <>
            <dt>{words.nearestCut}</dt>
            <dd>{nearestText(certainty, rows)}</dd>
          </>
        )}
        {certainty.measure && (
          <>
            <dt>{words.measure}</dt>
            <dd>{measureText(certainty.measure, rows)}</dd>
          </>
        )}
        <dt>{words.placing}</dt>
        <dd>{placeText(certainty.place, rows)}</dd>
        <Mappings {...rows} />
        <Quarantine {...rows} />
      </dl>
    </section>
  )
}

function Probabilities({ certainty, grades, shell, words }: RowsProps) {
  const { probabilities, borderline } = certainty
  if (probabilities === 'no_sampling_error') return <>{words.noSamplingError}</>
  if (probabilities === 'not_known') return <>{words.probabilitiesNotKnown}</>
  const percentOf = new Map(probabilities.map(({ grade, percent }) => [grade, percent]))
  return (
    <>
      <ul class="chances">
        {grades.map(({ id }) => (
          <li key={id}>
            <Grade grades={grades} id={id} /> <b class="num">{percentOf.get(id)}%</b>
          </li>
        ))}
      </ul>
      {borderline &&
        sentences(
          shell.locale,
          `◆ ${fill(words.borderline, { grade: titleOf(grades, borderline.grade), percent: borderline.percent })}`,
        )}
    </>
  )
}

function nearestText({ nearest, hingesOnOneRater }: Certainty, { shell, words, names }: RowsProps): string {
  if (!nearest) return ''
  const { persons, group, cut, distance } = nearest
  return sentences(
    shell.locale,
    fill(words.nearestText, { cut, distance }),
    group === null ? '' : personsText(persons, names[group].toLowerCase(), words),
    hingesOnOneRater ? `◆ ${words.hinges_on_one_rater}` : '',
  )
}

function personsText(
  persons: NonNullable<Certainty['nearest']>['persons'],
  group: string,
  words: OfficeMessages,
): string {
  if (persons === null) return ''
  if (persons === 'more_than_answered') return fill(words.nearestNobody, { group })
  return fill(words.nearestPersons, { group, n: persons })
}

function measureText(
  measure: NonNullable<Certainty['measure']>,
  { certainty, grades, shell, words }: RowsProps,
): string {
  const cut = grades.at(-2)?.minimum ?? ''
  const values = { cut, percent: measure.percent ?? '', safe: certainty.safePercent }
  if (measure.status === 'safe') return fill(words.measureSafe, values)
  if (measure.percent === null) return sentences(shell.locale, words.measureNotKnown, words.measureDecide)
  return sentences(
    shell.locale,
    `△ ${fill(words.measureNearCut, values)}`,
    words.measureDecide,
    measure.timesAnswers === null ? words.measureNoAnswers : fill(words.measureAnswers, { n: measure.timesAnswers }),
  )
}

function placeText(place: PlaceLine, { organ, shell, words }: RowsProps): string {
  if (place.status === 'not_ranked') return fill(words.notRanked, { kind: organ.organClass.title })
  const [best, worst] = place.interval
  const { tier, tiers, organs, unscored, separatedPercent, neededPercent, isTied } = place
  const values = {
    ...{ tier, tiers, organs, unscored, separatedPercent, neededPercent },
    places: best === worst ? best : `${best}–${worst}`,
    place: place.place ?? '',
    expected: place.expected ?? '',
  }
  const expected = place.expected === null ? '' : fill(words.organExpectedPlace, values)
  if (place.place !== null) {
    return sentences(shell.locale, fill(isTied ? words.placeTied : words.placeAlone, values), expected)
  }
  return sentences(
    shell.locale,
    fill(words.organTier, values),
    fill(words.organPlaceInterval, values),
    expected,
    place.unscored > 0 ? fill(words.noPlacesUnscored, values) : fill(words.noPlacesPairs, values),
  )
}

function Mappings({ certainty, satisfaction, words }: RowsProps) {
  if (certainty.mappings.length === 0 || satisfaction.status !== 'ok') return null
  return (
    <>
      <dt>{words.mappings}</dt>
      <dd>
        <ul class="chances">
          <li>
            {words.mappingOfPlan} <b class="num">{satisfaction.score}</b>
          </li>
          {certainty.mappings.map(({ title, score }) => (
            <li key={title}>
              {title} <b class="num">{score}</b>
            </li>
          ))}
        </ul>
        {words.mappingsNote}
      </dd>
    </>
  )
}

/** Both pairs side by side: first as it counts, then with everything put back. */
function Quarantine({ certainty, overall, satisfaction, grade, grades, shell, words, names }: RowsProps) {
  const { quarantine, quarantineIsBounded } = certainty
  if (quarantineIsBounded) {
    return (
      <>
        <dt>{words.quarantine}</dt>
        <dd>{words.quarantineBounded}</dd>
      </>
    )
  }
  if (!quarantine) return null
  const said = (score: Score, what: string) =>
    score.status === 'ok' ? score.score : withheldText(names, score.why, what)
  const pair = (satisfied: Score, total: Score, id: string | null) => ({
    satisfaction: said(satisfied, names.satisfactionScore),
    overall: said(total, names.overallScore),
    grade: id === null ? '' : titleOf(grades, id),
  })
  return (
    <>
      <dt>{words.quarantine}</dt>
      <dd>
        {sentences(
          shell.locale,
          fill(words.quarantineWithout, pair(satisfaction, overall, grade)),
          fill(words.quarantineWith, pair(quarantine.satisfaction, quarantine.overall, quarantine.grade)),
          quarantine.changesGrade ? `◆ ${words.quarantine_changes_grade}` : '',
        )}
      </dd>
    </>
  )
}

const titleOf = (grades: readonly GradeDefinition[], id: string): string =>
  grades.find((grade) => grade.id === id)?.title ?? id
