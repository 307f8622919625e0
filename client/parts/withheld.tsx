import type { GroupId } from '../../surveys/questionnaire.ts'
import { fill } from '../messages/fill.ts'
import type { ResultsMessages } from '../messages/results.ts'
import { grouped } from './numbers.ts'

/** Why a group has no score however many have answered. */
export type NoScore =
  | 'question_without_valid_answer'
  | 'stratum_without_response'
  | 'margin_category_without_response'
  | 'calibration_infeasible'
  | 'unsupported_design'

/** Why a number is not printed. The codes are those of the method; the page turns each into a sentence. */
export type Withheld =
  | { reason: 'collecting' }
  | { reason: 'not_started' }
  | { reason: 'not_asked' }
  | { reason: 'n_below_minimum'; n: number; minimum: number }
  | { reason: 'response_below_minimum'; responsePercent: string; minimumPercent: string }
  | { reason: 'n_eff_below_minimum'; effective: string; minimum: number }
  | { reason: NoScore }
  /** All groups that lack a score had too few answers. */
  | { reason: 'group_insufficient'; groups: readonly GroupId[] }
  /** Some group has enough answers, and no score for another reason. */
  | { reason: 'group_unscored'; groups: readonly { group: GroupId; why: NoScore | 'too_few' }[] }
  | { reason: 'score_missing'; parts: readonly string[] }

/** An official number as it is printed ('88.91'), or the reason there is none. */
export type Score = { status: 'ok'; score: string } | { status: 'withheld'; why: Withheld }

/** `what` names the number inside a sentence: the words `satisfactionScore` or `overallScore`, or the title of a part. */
export function withheldText(words: ResultsMessages, why: Withheld, what: string): string {
  const text = words[why.reason]
  switch (why.reason) {
    case 'n_below_minimum':
      return fill(text, { n: grouped(why.n), minimum: grouped(why.minimum) })
    case 'response_below_minimum':
      return fill(text, { percent: why.responsePercent, minimum: why.minimumPercent })
    case 'n_eff_below_minimum':
      return fill(text, { effective: grouped(why.effective), minimum: grouped(why.minimum) })
    case 'group_insufficient':
      return fill(text, {
        what,
        groups: why.groups.map((group) => words[group].toLowerCase()).join(words.listSeparator),
      })
    case 'group_unscored': {
      const told = why.groups.map(({ group, why: cause }) =>
        fill(words.unscoredGroup, { group: words[group].toLowerCase(), why: words[cause] }),
      )
      return fill(text, { what, groups: told.join(words.clauseSeparator) })
    }
    case 'question_without_valid_answer':
    case 'stratum_without_response':
    case 'margin_category_without_response':
    case 'calibration_infeasible':
    case 'unsupported_design':
      return fill(words.noScoreBecause, { why: text })
    case 'score_missing':
      // A part that only waits for its own reviewers needs no list of what is missing.
      if (why.parts.length === 1 && why.parts[0] === what) return words.notScoredYet
      return fill(text, { what, parts: why.parts.join(words.listSeparator) })
    default:
      return text
  }
}

/** The number, or the reason in words: never an empty cell, never a dash alone. */
export function ScoreText({ words, value, what }: { words: ResultsMessages; value: Score; what: string }) {
  if (value.status === 'ok') return <span class="num">{value.score}</span>
  return <span class="why">{withheldText(words, value.why, what)}</span>
}

/** Stands for a number behind which there are too few answers; what it means stands below the table as well. */
export function TooFew({ words, why = words.tooFewToShow }: { words: ResultsMessages; why?: string }) {
  return (
    <span class="why">
      <span aria-hidden="true">··</span>
      <span class="vh">{why}</span>
    </span>
  )
}

/** True where a number is missing only because people may still answer. */
export const isCollecting = (value: Score): boolean =>
  value.status === 'withheld' && (value.why.reason === 'collecting' || value.why.reason === 'not_started')
