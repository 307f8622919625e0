import type { MeasureState } from '../../../surveys/rectification.ts'
import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'
import { SiteNav, type SitePlace } from './site-nav.tsx'

export type PublicRectificationProps = View &
  SitePlace & {
    path: string
    measures: readonly {
      organ: string
      problem: string
      measure: string
      due: string
      progress: string
      state: MeasureState
      isOverdue: boolean
    }[]
  }

export const publicRectificationTitle = ({ locale, cycleTitle }: PublicRectificationProps): string =>
  fill(followUpMessages(locale).publicTitle, { cycle: cycleTitle })

/** What organs do about their results, and how far they have come. */
export function PublicRectificationPage(props: PublicRectificationProps) {
  const { locale, measures } = props
  const words = followUpMessages(locale)
  const count = (is: (each: (typeof measures)[number]) => boolean) => grouped(measures.filter(is).length)
  const counts = {
    all: grouped(measures.length),
    done: count(({ state }) => state === 'done' || state === 'verified'),
    verified: count(({ state }) => state === 'verified'),
    overdue: count(({ isOverdue }) => isOverdue),
  }
  return (
    <PublicFrame {...props} wide>
      <h1>{publicRectificationTitle(props)}</h1>
      <SiteNav {...props} here="rectification" />
      <p class="lead">{words.publicLead}</p>
      {measures.length === 0 ? (
        <p class="note">{words.publicNone}</p>
      ) : (
        <>
          <p>{fill(words.publicCounts, counts)}</p>
          <Scroll label={words.measures}>
            <DataTable
              caption={words.measures}
              quietCaption
              columns={[words.organ, words.problem, words.measure, words.due, words.progress, words.stateHead].map(
                (label) => ({ label }),
              )}
              rows={measures.map(({ organ, problem, measure, due, progress, state, isOverdue }) => [
                organ,
                problem,
                measure,
                due,
                progress,
                isOverdue ? `${words[`state_${state}`]} ${words.overdue}` : words[`state_${state}`],
              ])}
            />
          </Scroll>
        </>
      )}
    </PublicFrame>
  )
}
