import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { publicSiteMessages } from '../../messages/public-site.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable, Scroll, ScrollTable } from '../../parts/data-table.tsx'
import { Filled } from '../../parts/filled.tsx'
import { grouped } from '../../parts/numbers.ts'
import { carry, urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'
import type { ResultsRow } from './results.tsx'
import { SiteNav, type SitePlace, yearOf } from './site-nav.tsx'

/** The people of one survey, by verified cell, and the population to which they were weighted. */
export type SurveyPeople = {
  sid: string
  group: GroupId
  counted: boolean
  isSealed: boolean
  cells: readonly {
    cell: string
    /** null for the only cell of a survey. */
    title: string | null
    eligible: number
    issued: number
    spent: number
    valid: number
    invalid: number
    withdrawn: number
    unopened: number
    form: number
    notEligible: number
  }[]
  slips: number
  comments: number
  /** null where it is not weighted. */
  population:
    | readonly {
        name: string
        title: string
        categories: readonly { id: string; title: string; share: string; mergedInto: string | null }[]
      }[]
    | null
}

export type ParticipationPageProps = View &
  SitePlace & {
    surveys: readonly SurveyPeople[]
    rows: readonly Pick<ResultsRow, 'code' | 'name' | 'n'>[]
  }

export const participationTitle = (props: ParticipationPageProps): string =>
  `${fill(publicSiteMessages(props.locale).peopleTitle, { cycle: props.cycleTitle })} – ${props.jurisdiction}`

/** How many took part in which way, and how they were weighted. */
export function ParticipationPage(props: ParticipationPageProps) {
  const { locale, jid, cycle, cycleTitle, surveys, rows } = props
  const words = publicSiteMessages(locale)
  const names = resultsMessages(locale)
  return (
    <PublicFrame {...props} path={urls.resultsPart(jid, cycle, 'people')} wide>
      <p class="step">
        <bdi>{yearOf(props, locale)}</bdi>
      </p>
      <h1>
        <Filled text={words.peopleTitle} values={{ cycle: <bdi>{cycleTitle}</bdi> }} />
      </h1>
      <SiteNav {...props} here="people" />
      <p>{words.peopleIntro}</p>
      {surveys.map((survey) => (
        <Survey key={survey.sid} {...props} survey={survey} />
      ))}
      <section>
        <h2>{words.byOrganCaption}</h2>
        <ScrollTable
          caption={words.byOrganCaption}
          quietCaption
          columns={[
            { label: names.organ },
            { label: names.leaders, numeric: true },
            { label: names.recipients, numeric: true },
            { label: names.public, numeric: true },
          ]}
          rows={rows.map(({ name, n }) => [name, grouped(n.leaders), grouped(n.recipients), grouped(n.public)])}
        />
      </section>
      <section>
        <h2>{words.checkHeading}</h2>
        <p>{words.checkText}</p>
        <ul>
          {surveys.map((survey) => (
            <li key={survey.sid}>
              <a class="alone" href={carry(urls.check(jid, survey.sid), props)}>
                {fill(words.checkLink, { survey: surveyName(survey, props) })}
              </a>
            </li>
          ))}
        </ul>
      </section>
    </PublicFrame>
  )
}

const surveyName = ({ counted, group }: SurveyPeople, { locale }: View): string =>
  counted ? resultsMessages(locale)[group] : publicSiteMessages(locale).openSurvey

function Survey(props: ParticipationPageProps & { survey: SurveyPeople }) {
  const { survey, locale } = props
  const words = publicSiteMessages(locale)
  const { cells, population, isSealed, slips, comments } = survey
  const name = surveyName(survey, props)
  const caption = fill(words.countsCaption, { survey: name })
  const columns = [
    [words.eligible, 'eligible'],
    [words.issued, 'issued'],
    [words.spent, 'spent'],
    [words.valid, 'valid'],
    [words.invalid, 'invalid'],
    ...(isSealed
      ? ([
          [words.withdrawnCount, 'withdrawn'],
          [words.unopened, 'unopened'],
          [words.byForm, 'form'],
        ] as const)
      : []),
    [words.notEligible, 'notEligible'],
  ] as const
  return (
    <section>
      <h2>{name}</h2>
      <ScrollTable
        caption={caption}
        quietCaption
        columns={[{ label: words.cell }, ...columns.map(([label]) => ({ label, numeric: true }))]}
        rows={cells.map((cell) => [cell.title ?? words.cell_all, ...columns.map(([, of]) => grouped(cell[of]))])}
      />
      <p>{fill(words.slips, { slips: grouped(slips), comments: grouped(comments) })}</p>
      {survey.counted && population === null && <p>{words.notWeighted}</p>}
      {population?.map(({ name: margin, title, categories }) => (
        <Scroll key={margin} label={title}>
          <DataTable
            caption={fill(words.populationCaption, { group: title })}
            columns={[
              { label: words.category },
              { label: words.populationShare, numeric: true },
              { label: words.merging_of },
            ]}
            rows={categories.map(({ title: own, share, mergedInto }) => [
              own,
              `${share}%`,
              mergedInto && fill(words.mergedInto, { category: mergedInto }),
            ])}
          />
        </Scroll>
      ))}
    </section>
  )
}
