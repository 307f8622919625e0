import type { DecisionAbout } from '../../client/pages/office/approvals.tsx'
import { type ApprovalRow, cycleSubject, surveySubject } from '../../db/approvals.ts'
import type { DeskSurvey } from '../../db/desk.ts'
import { readAppealDecision } from '../../surveys/appeal.ts'
import { hex } from '../../surveys/canonical.ts'
import { readManifest } from '../../surveys/manifest.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { fingerprint } from '../../surveys/shares.ts'
import { readSumDecision } from '../../surveys/summing.ts'
import { termText } from '../amendment-words.ts'
import { isAmendable, readAmendmentProposal } from '../amendments.ts'
import { readOpeningTerms } from '../ballot/opening-terms.ts'
import { momentText } from '../calendar.ts'
import { readClosing } from '../closing.ts'
import { isAboutPublished, readPublication } from '../corrections.ts'
import { isOpeningOf, type Proposed, publicationHindrance } from '../decisions.ts'
import { titleOf } from '../surveys.ts'
import { readAppointment } from './appointments.ts'
import { nameOfSurvey } from './desk.ts'
import { readIndicatorProposal } from './indicator-decisions.ts'

/** A decision that can be approved on the page of the approvals; null for one of another kind or about nothing known. */
export function proposedOf(row: ApprovalRow, payload: string, surveys: readonly DeskSurvey[]): Proposed | null {
  const { id, action, subject, payloadHash } = row
  const known = decidedHere.find((each) => each === action)
  if (!known) return null
  const about = surveys.filter((survey) =>
    action === 'result.publish' ? cycleSubject(survey.cycle.id) === subject : surveySubject(survey.id) === subject,
  )
  return about.length === 0 ? null : { id, action: known, payloadHash, payload, surveys: about }
}

const decidedHere = ['survey.open', 'survey.close', 'survey.amend', 'box.open', 'result.publish'] as const

/** `changed` where what was proposed is not what is there now. The transaction asks again. */
export function hindranceOf({ action, payloadHash, payload, surveys }: Proposed, now: number): 'changed' | null {
  if (action === 'result.publish') {
    const wanted = isAboutPublished(readPublication(payload)) ? 'is_published' : null
    return publicationHindrance(surveys) === wanted ? null : 'changed'
  }
  const [survey] = surveys
  if (!survey) return 'changed'
  if (action === 'survey.close') {
    const isSame = survey.state === 'open' && readClosing(payload).closes === survey.closesAt
    return isSame ? null : 'changed'
  }
  if (action === 'survey.amend') return isAmendable(payload, survey, now) ? null : 'changed'
  if (action === 'box.open') return isOpeningOf(payload, survey) ? null : 'changed'
  // What cannot be read cannot be shown, and so it is not agreed to.
  const isSame =
    survey.manifestHash !== null && hex(survey.manifestHash) === hex(payloadHash) && readManifest(payload).ok
  return survey.state === 'ready' && isSame && survey.closesAt > now ? null : 'changed'
}

/** What a decision is about, in the words that its page has. */
export function aboutDecision(
  row: ApprovalRow,
  text: string | null,
  surveys: readonly DeskSurvey[],
  locale: Locale,
): DecisionAbout {
  const { action, subject, payloadHash } = row
  const other: DecisionAbout = { action: 'other', name: action, subject }
  const survey = surveys.find(({ id }) => subject === surveySubject(id) || subject.startsWith(`${surveySubject(id)}/`))
  if (action === 'slips.quarantine')
    return survey ? { action, survey: nameOfSurvey(survey), screening: survey.cycle.code } : other
  if (text === null) return other
  if (action === 'grant.admin') return { ...readAppointment(text), action }
  const decision = action === 'result.decide' ? readSumDecision(text) : null
  if (decision) return { ...decision, action: 'result.decide' }
  const appeal = action === 'result.decide' ? readAppealDecision(text) : null
  if (appeal) return { ...appeal, action: 'appeal.accept' }
  if (action === 'plan.change') {
    const { cycle, version, differences, reason } = readIndicatorProposal(text)
    return { action, cycle, version, differences, reason }
  }
  if (action === 'result.publish') {
    const own = survey
      ? [survey]
      : surveys.filter(({ cycle, state }) => cycleSubject(cycle.id) === subject && state !== 'draft')
    const [first] = own
    if (!first) return other
    const proposed = readPublication(text)
    const title = titleOf(first.cycle, locale)
    if ('withdraw' in proposed) {
      const { withdraw, zh, en } = proposed
      return { action: 'result.withdraw', cycle: title, bundle: withdraw, zh, en }
    }
    const { bundle, correction } = proposed
    if (correction) {
      const { version, zh, en } = correction
      return { action: 'result.correct', cycle: title, bundle: bundle ?? '', version, zh, en }
    }
    return {
      action,
      cycle: survey ? `${title} · ${survey.sid}` : title,
      now: first.cycle.state,
      surveys: own.map((each) => ({ survey: nameOfSurvey(each), now: each.state })),
      bundle: bundle ?? null,
    }
  }
  if (!survey) return other
  const named = { survey: nameOfSurvey(survey), now: survey.state }
  if (action === 'survey.close') {
    const { closes, reason } = readClosing(text)
    return { action, ...named, closes: momentText(closes, locale), reason }
  }
  if (action === 'survey.amend') {
    const { term, before, after, zh, en } = readAmendmentProposal(text)
    const values = { before: termText(term, before, locale), after: termText(term, after, locale) }
    return { action, ...named, term, ...values, zh, en }
  }
  if (action === 'box.open') {
    const { closes, manifest: hash } = readOpeningTerms(text)
    return { action, ...named, closed: momentText(closes, locale), manifest: hash }
  }
  const manifest = readManifest(text)
  if (action !== 'survey.open' || !manifest.ok) return other
  const { mode, opens, closes, grace_minutes, cells, box_key, trustees } = manifest.value
  return {
    action,
    ...named,
    mode,
    opens: momentText(opens, locale),
    closes: momentText(closes, locale),
    graceMinutes: grace_minutes,
    expected: cells.reduce((sum, { eligible }) => sum + eligible, 0),
    key:
      box_key === 'trustees' && trustees
        ? { kind: box_key, ...trustees }
        : box_key === 'file'
          ? { kind: box_key }
          : null,
    fingerprint: fingerprint(payloadHash),
    text,
  }
}
