import { fill } from '../../messages/fill.ts'
import type { RespondMessages } from '../../messages/respond.ts'
import type { SurveyHead } from './views.ts'

/** The texts that the device fills in while someone answers; they travel in a data attribute of the form. */
export type FormWords = Pick<RespondMessages, (typeof formKeys)[number]> & {
  /** What a sealed response can be refused for: title and sentence by code; whatever else it is has `failed`. */
  refusals: Readonly<Record<string, readonly [string, string]>> & { readonly failed: readonly [string, string] }
}
export type ChooseWords = Pick<RespondMessages, (typeof chooseKeys)[number]>

const problemKeys = [
  'errorPrefix',
  'oneProblem',
  'severalProblems',
  'needOverall',
  'needOther',
  'problemUnknown',
  'problemRepeated',
  'problemTooMany',
  'problemTooLong',
  'problemTooLongTogether',
  'problemNotText',
  'problemNothing',
] as const satisfies readonly (keyof RespondMessages)[]

const draftKeys = [
  'chooseDraft',
  'chooseDraftUse',
  'chooseDraftDrop',
] as const satisfies readonly (keyof RespondMessages)[]

const formKeys = [
  ...problemKeys,
  ...draftKeys,
  'formStep',
  'formSteps',
  'formOneEnough',
  'formCard',
  'formLeadersCount',
  'formLeadersGo',
  'formSaved',
  'formNotSaved',
  'formNoStorage',
  'formLeft',
  'formNumber',
  'formNumberRemove',
  'formNumberKeep',
  'formMaximum',
  'formRated',
  'formRatedOne',
  'formUnrated',
  'formUnratedOne',
  'formIncomplete',
  'formIncompleteOne',
  'formSameLevel',
  'formLookAgain',
  'formMyView',
  'formFast',
  'submitting',
  'submitSlow',
  'listNotYet',
  'listDone',
  'listCannot',
  'listIncomplete',
  'listChange',
  'offlineTitle',
  'offlineText',
  'offlineAgain',
  'notSentTitle',
  'notSentText',
  'notSentUnreachable',
  'notSentKept',
  'notSentUnkept',
  'notSentAgain',
  'notSentReference',
  'otherWays',
  'tooManyTitle',
  'notSentRetry',
] as const satisfies readonly (keyof RespondMessages)[]

const chooseKeys = [
  ...draftKeys,
  'chooseNothing',
  'chooseFound',
  'chooseNone',
  'chooseTooMany',
  'chooseCount',
  'errorPrefix',
  'oneProblem',
] as const satisfies readonly (keyof RespondMessages)[]

export function formWords(m: RespondMessages, { phone }: SurveyHead, isKiosk: boolean | undefined): FormWords {
  const words = only(m, formKeys)
  const withPhone = { phone }
  return {
    ...words,
    otherWays: fill(words.otherWays, withPhone),
    refusals: {
      spent: [m.spentTitle, fill(m.spentSealed, withPhone)],
      change_limit: [m.changeLimitTitle, m.changeLimitText],
      closed: [m.closedWhileTitle, m.closedWhileText],
      not_eligible: [m.notEligibleTitle, fill(m.notEligiblePhone, withPhone)],
      elig_expired: [m.expiredTitle, isKiosk ? m.expiredKiosk : m.expiredText],
      quota_full: [m.quotaTitle, isKiosk ? m.quotaLate : m.quotaKept],
      unfit: [m.unfitTitle, fill(m.unfitText, withPhone)],
      failed: [m.failedTitle, m.failedText],
    },
  }
}

export function chooseWords(m: RespondMessages): ChooseWords {
  return only(m, chooseKeys)
}

function only<Key extends keyof RespondMessages>(m: RespondMessages, keys: readonly Key[]): Pick<RespondMessages, Key> {
  // Every key of the list is set in the loop, and no other.
  const some = {} as Pick<RespondMessages, Key>
  for (const key of keys) some[key] = m[key]
  return some
}
