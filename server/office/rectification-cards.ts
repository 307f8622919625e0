import { fill } from '../../client/messages/fill.ts'
import type { FollowUpMessages } from '../../client/messages/follow-up.ts'
import { longestCardNote, type MeasureCard } from '../../client/pages/office/rectification.tsx'
import { urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { listOrgans } from '../../db/cycle-setup.ts'
import type { KeptEvidence } from '../../db/evidence.ts'
import { type Letter, letterTo, listLetters } from '../../db/feedback.ts'
import type { OrganRow } from '../../db/platform.ts'
import {
  finishedAt,
  firstReport,
  lastReport,
  listMeasures,
  type Measure,
  measureSubject,
  openNote,
} from '../../db/rectifications.ts'
import type { Scope } from '../../db/scope.ts'
import { workingDayAfter } from '../../surveys/calendar.ts'
import { canonicalText, hex } from '../../surveys/canonical.ts'
import { followUpTerms, indicatorsOf } from '../../surveys/plan.ts'
import { daysBehind, isOverdue, type MeasureMove, movesWithNote } from '../../surveys/rectification.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { leadsBeside, type ScoredIndicator, scoredIndicators } from '../../surveys/review.ts'
import { dateText, dayField, dayOf, momentText, startOf } from '../calendar.ts'
import type { Exchange } from '../route.ts'
import { localized, nameOf } from '../surveys.ts'
import { titleIn } from './feedback-figures.ts'
import { addressOf, type FollowDesk, followFiles, openFollow } from './follow-desk.ts'
import { sizeText } from './self-desk.ts'

// The cards of one organ as its pages show them: to the organ itself, to the office, and on paper.

export interface Board {
  readonly desk: FollowDesk
  readonly letter: Letter | null
  /** Those that this person may see: a draft is its organ's alone. */
  readonly measures: readonly Measure[]
  readonly files: readonly KeptEvidence[]
  /** Every organ of the place: lead departments are among them. */
  readonly organs: readonly OrganRow[]
}

/** A note as it will be kept, or why it cannot be, in words. */
export function readNote(typed: string, move: MeasureMove, words: FollowUpMessages): Result<string, string> {
  const note = canonicalText(typed)
  if (!note.ok) return err(words.noteBad)
  if ([...note.value].length > longestCardNote) return err(fill(words.noteLong, { n: longestCardNote }))
  return note.value === '' && movesWithNote.includes(move) ? err(words.noteRequired) : ok(note.value)
}

/** The indicators that a card of this organ may be about. */
export const choicesOf = ({ plan, organ }: FollowDesk): ScoredIndicator[] =>
  scoredIndicators(indicatorsOf(plan, organ.class))

/** The lead department of a card that was reported, and what it has said; null where none leads its indicator but the organ itself. */
export function leadOn({ world, locale }: Exchange, { desk, organs }: Board, card: Measure): MeasureCard['lead'] {
  const indicator = scoredIndicators(desk.plan.indicators).find(({ node }) => node.id === card.indicator)
  const [lead] = indicator ? leadsBeside(indicator.leads, organs, card.organ) : []
  const report = lead && lastReport(card)
  if (!report || card.state === 'draft' || card.state === 'returned') return null
  const until = workingDayAfter(dayOf(report.at), followUpTerms(desk.plan).leadReview)
  const { move = null, note = '' } = report.word ?? {}
  return {
    ...{ name: nameOf(lead, locale), word: move === 'agree' || move === 'object' ? move : null, note },
    ...{ until: dateText(startOf(until), locale), isPast: dayOf(world.now()) > until },
  }
}

export async function openBoard(exchange: Exchange, scope: Scope): Promise<Board | 'foreign' | null> {
  const { world } = exchange
  const desk = await openFollow(exchange, scope)
  if (!desk || desk === 'foreign') return desk
  const { id } = desk.found.cycle
  const [letters, measures, files, organs] = await Promise.all([
    listLetters(world.db, scope, id),
    listMeasures(world.db, scope, id),
    followFiles(exchange, scope, desk),
    listOrgans(world.db, scope),
  ])
  const own = measures.filter(({ organ, state }) => organ === desk.organ.id && (desk.isOwn || state !== 'draft'))
  return { desk, letter: letterTo(letters, desk.organ.id), measures: own, files, organs }
}

export async function cardsOf(exchange: Exchange, scope: Scope, board: Board): Promise<MeasureCard[]> {
  const { world, locale } = exchange
  const { desk, letter, measures, files } = board
  const names = await readStaffNames(world.db, scope, [
    ...new Set(measures.flatMap(({ steps }) => steps.map(({ actor }) => actor))),
  ])
  const today = dayField(dayOf(world.now()))
  return measures.map((measure) => {
    const { n, state, version, sheet, indicator, steps } = measure
    const reported = firstReport(measure)
    const finished = finishedAt(measure)
    const isOpen = isOverdue({ state, due: sheet.due }, today)
    return {
      ...{ n, state, version, sheet, indicator, lead: leadOn(exchange, board, measure) },
      indicatorTitle: indicator === '' ? '' : localized(titleIn(desk.plan.indicators, indicator), locale),
      behind:
        isOpen || finished !== null
          ? daysBehind({ due: sheet.due, finished: finished === null ? null : dayField(dayOf(finished)) }, today)
          : 0,
      files: files
        .filter(({ subject }) => subject === measureSubject(n))
        .map(({ name, bytes, sha256 }) => ({
          ...{ name, size: sizeText(bytes), hash: hex(sha256) },
          href: urls.feedbackEvidence(...addressOf(desk), hex(sha256)),
        })),
      isOverdue: isOpen,
      isLate: reported !== null && letter !== null && dayOf(reported) > letter.due,
      note: openNote(measure),
      steps: steps.map(({ move, at, actor, note }) => ({
        ...{ move, time: momentText(at, locale), name: names.get(actor) ?? actor, note },
      })),
    }
  })
}
