import type { Locale } from '../../../surveys/questionnaire.ts'
import type { AssistedWay } from '../../../surveys/ways.ts'
import type { AmendmentLine } from '../../parts/amendment-list.tsx'

/** What every respondent page is told besides its own content. */
export type View = {
  locale: Locale
  /** Text size chosen without script (`?size=`); absent = standard. */
  size?: 'elder' | 'max' | undefined
  /** Shows the banner that all data are invented. */
  demo: boolean
  /** On a device that many use: nothing is kept there, so nothing can be changed from there. */
  isKiosk?: boolean | undefined
  /** Somebody of the office looks at the pages: nothing is kept. */
  isPreview?: boolean | undefined
}

/** Somebody of the staff writes the answers down. */
export type AssistView = {
  way: AssistedWay
  /** As that person is called. */
  name: string
  /** The page to which they go back. */
  desk: string
  /** Where a sheet of paper is sent, and its number; '' for a call. */
  action: string
  sheet: string
  /** The address of the code with the keys. */
  script: string
}

/** Whose survey this is, in the reader's language. */
export type SurveyHead = {
  jid: string
  sid: string
  title: string
  organiser: string
  year: string
  /** Contact and complaints. */
  phone: string
  /** False for the open channel, which is shown apart and never scored. */
  counted: boolean
  /** Whoever rates low may ask for an answer, and reads it with a code. */
  hasMailbox?: boolean
  /** Whether contacts are kept, sealed to the auditor, for a participation audit. */
  hasAudit?: boolean
  /** The identity provider at which people may verify; absent where there is none. */
  provider?: string
  /** What was changed after the opening; absent where nothing was. */
  amendments?: readonly AmendmentLine[]
}

/** Of a survey that was closed before its time: since when, until when it should have been open, and why. */
export type EarlyClose = { closedOn: string; planned: string; reason: string }

/** An organ as the respondent sees it. */
export type OrganView = { code: string; name: string }

/** An organ in the choice: `search` holds short name, pinyin initials and service words, separated by spaces. */
export type OrganChoice = OrganView & { search: string }

/** What the privacy sentences are generated from; nothing here is free text but names. */
export type PrivacyFacts = {
  mode: 'live' | 'sealed'
  /** What tells people apart: `sms` stands for a phone, `oidc` for a number at the identity provider. */
  adapter: 'roster' | 'receipt' | 'sms' | 'oidc' | 'open'
  /** Results from fewer people are not published. */
  minimum: number
  /** Ways in which staff may write answers down. */
  assisted?: readonly AssistedWay[] | undefined
  /** Whoever rates at this level or lower may ask for an answer; absent where nobody may. */
  lowLevel?: number
  /** Of a sealed survey: how the key is kept, below how many responses the box stays shut, and what was published. */
  box?:
    | {
        readonly holding:
          | { readonly kind: 'trustees'; readonly k: number; readonly n: number }
          | { readonly kind: 'file' }
        readonly fewest: number
        readonly manifest: string
        readonly fingerprint: string
      }
    | undefined
}
