import type { GroupId, Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { DeskMessages } from '../../messages/office-desk.ts'
import { resultsMessages } from '../../messages/results.ts'
import { type Score, ScoreText } from '../../parts/withheld.tsx'

/** A group's score with and without a batch; of a handful of slips only how much they could matter. */
export type ShiftView =
  | { shown: 'both'; all: Score; without: Score }
  /** `effectAtMost` in points of satisfaction; null where it is not known. */
  | { shown: 'bound'; fewerThan: number; effectAtMost: string | null }
  /** Another batch of the organ and day is shown with both scores. */
  | { shown: 'elsewhere' }

/** Both scores as facts of a list. */
export function ShiftRow({
  shift,
  group,
  locale,
  words,
}: {
  shift: ShiftView
  group: GroupId
  locale: Locale
  words: DeskMessages
}) {
  const names = resultsMessages(locale)
  const label = fill(words.scoreWith, { group: names[group] })
  if (shift.shown === 'elsewhere') {
    return (
      <div>
        <dt>{label}</dt>
        <dd class="why">{words.shownElsewhere}</dd>
      </div>
    )
  }
  if (shift.shown === 'bound') {
    const { fewerThan, effectAtMost } = shift
    return (
      <div>
        <dt>{label}</dt>
        <dd class="why">
          {effectAtMost === null
            ? fill(words.boundUnknown, { fewerThan })
            : fill(words.boundOnly, { fewerThan, effect: effectAtMost })}
        </dd>
      </div>
    )
  }
  return (
    <>
      <div>
        <dt>{label}</dt>
        <dd>
          <ScoreText words={names} value={shift.all} what={names[group]} />
        </dd>
      </div>
      <div>
        <dt>{words.scoreWithout}</dt>
        <dd>
          <ScoreText words={names} value={shift.without} what={names[group]} />
        </dd>
      </div>
    </>
  )
}
