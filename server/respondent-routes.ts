import { answer } from './ballot/answer.tsx'
import { chooseOrgans, enterCode, formAddresses } from './ballot/enter.tsx'
import { withdrawByForm } from './ballot/form-withdraw.tsx'
import { issue } from './ballot/issue.ts'
import { submit, withdraw } from './ballot/submit.ts'
import { complaint, complaintAnswer, complaintAnswerForm, complaintForm } from './complaint.tsx'
import { delivery } from './delivery.ts'
import { askForReview } from './eligibility/ask.tsx'
import { oidcCallback, oidcForm, oidcStart } from './eligibility/oidc.tsx'
import { openChallenge, openEnter } from './eligibility/open.tsx'
import { smsCheck, smsSend } from './eligibility/sms.tsx'
import { asset, health, metrics, ready } from './health.ts'
import { mailbox, mailboxForm, mailboxRate } from './mailbox.tsx'
import { channel, code, done, index, manifest, start } from './respond.tsx'
import type { Route } from './route.ts'
import { report, reportForm } from './solicitation.tsx'
import { unsubscribeForm, unsubscribeLink, unsubscribeNow, unsubscribePress } from './unsubscribe.tsx'

/** What people do to answer, and what they say about it: all that rests while the operator maintains the system. */
export const respondentRoutes: readonly Route[] = [
  index,
  code,
  channel,
  start,
  complaintForm,
  complaint,
  complaintAnswerForm,
  complaintAnswer,
  mailboxForm,
  mailbox,
  mailboxRate,
  delivery,
  unsubscribeForm,
  unsubscribePress,
  unsubscribeLink,
  unsubscribeNow,
  enterCode,
  askForReview,
  reportForm,
  report,
  chooseOrgans,
  withdrawByForm,
  ...formAddresses,
  smsSend,
  smsCheck,
  oidcStart,
  oidcCallback,
  oidcForm,
  openChallenge,
  openEnter,
  answer,
  issue,
  submit,
  withdraw,
]

/** What a process that mostly serves respondents is asked for all the time. */
export const firstRoutes: readonly Route[] = [...respondentRoutes, done, manifest, health, ready, metrics, asset]
