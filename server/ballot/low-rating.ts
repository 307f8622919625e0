import { findCase } from '../../db/low-ratings.ts'
import type { OpenedCase } from '../../db/writer/items.ts'
import type { ResponseAnswers } from '../../surveys/answers.ts'
import { codeFromBytes, mailboxInput } from '../../surveys/ballot.ts'
import { workingDayAfter } from '../../surveys/calendar.ts'
import { hex } from '../../surveys/canonical.ts'
import { lowRatingOf, lowRatingTerms, takesCases } from '../../surveys/low-rating.ts'
import { maskPersonal } from '../../surveys/masking.ts'
import { dayOf } from '../calendar.ts'
import { respondentScope } from '../guard.ts'
import type { Eligibility } from '../keys.ts'
import type { SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'
import { makeMailbox, type Submission } from './response.ts'

/** The case that a response opens, and the code of its mailbox where the server has made it. */
export interface Asked {
  readonly opens: OpenedCase
  /** The key of the mailbox, 32 bytes. */
  readonly mailbox: Uint8Array
  /** Sixteen characters; '' where only the device knows it. */
  readonly code: string
}

/** What somebody asks for with a response; null where nothing was asked, or the rating is not low. */
export async function askedOf(
  world: World,
  context: SurveyContext,
  { assisted }: Eligibility,
  { mailbox, kText }: Submission,
  { slips, comments }: ResponseAnswers,
): Promise<Asked | null> {
  const [slip] = slips
  if (mailbox === null || !slip || assisted || !takesCases(context.survey, context.questionnaire)) return null
  const terms = lowRatingTerms(context.plan)
  const low = lowRatingOf(context.questionnaire, terms, slip.a)
  if (!low) return null
  // From the form's own key, so that the same form sent again has the same code.
  const isMade = mailbox === makeMailbox
  const code = isMade ? codeFromBytes((await world.keys.codeHash(`mailbox|${context.name}|${kText}`)).slice(0, 10)) : ''
  const key = isMade ? await mailboxKey(world, context, code) : mailbox
  const written = comments.find(({ organ }) => organ === slip.organ)?.text ?? ''
  return {
    code,
    mailbox: key,
    opens: {
      mailbox: hex(key),
      name: hex(world.crypto.random(8)),
      organ: context.organIds.get(slip.organ)!,
      ...low,
      text: maskPersonal(written).text,
      dueOn: workingDayAfter(dayOf(world.now()), terms.workingDays),
    },
  }
}

/** What was asked for with a response that was counted before; `none` where it opened no case then. */
export async function openedOf({ db }: World, { jurisdiction, survey }: SurveyContext, asked: Asked) {
  const found = await findCase(db, respondentScope(jurisdiction.id), { survey: survey.id, mailbox: asked.mailbox })
  return found ? asked : 'none'
}

/** The key of the mailbox that a code opens. */
export const mailboxKey = ({ crypto }: Pick<World, 'crypto'>, { name }: SurveyContext, code: string) =>
  crypto.sha256(mailboxInput(name, code))
