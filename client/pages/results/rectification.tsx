import { isPublicMeasure, type MeasureState } from '../../../surveys/rectification.ts'
import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
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
      n: number
      /** null while it is put right. */
      sheet: { problem: string; measure: string; due: string; progress: string } | null
      state: MeasureState
      isOverdue: boolean
      /** Working days after its deadline, until it was done or until today; 0 in time. */
      behind: number
      changes: readonly { on: string; note: string; isWithdrawal: boolean }[]
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
    all: count(({ state }) => isPublicMeasure(state)),
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
              rows={measures.map((each) => [
                each.organ,
                each.sheet?.problem ?? fill(words.rectCard, { n: each.n }),
                each.sheet?.measure ?? '',
                each.sheet?.due ?? '',
                each.sheet?.progress ?? '',
                <Standing key="s" of={each} words={words} />,
              ])}
            />
          </Scroll>
        </>
      )}
    </PublicFrame>
  )
}

/** How far a card has come, by how much it is or was late, and what was changed of it since it was accepted. */
function Standing({ of, words }: { of: PublicRectificationProps['measures'][number]; words: FollowUpMessages }) {
  const { state, sheet, isOverdue, behind, changes } = of
  const late = isOverdue ? words.behind : words.wasBehind
  return (
    <>
      {sheet ? words[`state_${state}`] : words.state_correcting}
      {behind > 0 && ` ${fill(late, { n: behind })}`}
      {changes.map(({ on, note, isWithdrawal }, at) => (
        <p key={at} class="hint">
          <bdi>{fill(isWithdrawal ? words.publicWithdrawn : words.publicCorrected, { on, note })}</bdi>
        </p>
      ))}
    </>
  )
}
