import { randomBytes } from 'node:crypto'
import type { Outcome } from '../../client/islands/ballot/contract.ts'
import { fields as names } from '../../client/urls.ts'
import { answerQuestions } from '../../surveys/answers.ts'
import { shippedForm } from '../surveys/definition-files.ts'
import { hiddenFields } from './app.ts'
import { look, type TestCycle } from './cycle.ts'
import { type Ending, type Form, sendFromDevice } from './devices.ts'
import type { ServedApp } from './serving.ts'

export type Group = 'leaders' | 'recipients' | 'public'

/** Somebody who answers, what they say, and what came of it. */
export interface Answered {
  readonly group: Group
  readonly organ: string
  /** The row of marks that their answers are kept as. */
  readonly marks: readonly number[]
  readonly ending: Ending
}

export interface CrowdOptions {
  readonly app: ServedApp
  readonly cycle: TestCycle
  /** Where they find the server. */
  readonly base: string
  /** Instead of the page's own way to send a form. */
  readonly post?: (form: HTMLFormElement) => Promise<Outcome>
}

/** Number `at` of a group comes in by their code or phone, rates one organ, and waits for the receipt. */
export async function answerAs(group: Group, at: number, options: CrowdOptions): Promise<Answered> {
  const { app, cycle, base, post } = options
  const headers = app.fromAfar()
  const organ = cycle.organs[at % cycle.organs.length]!
  const open = (path: string, fields: readonly (readonly [string, string])[]) =>
    untilItComes(`${base}${path}`, headers, fields)
  const form =
    group === 'public'
      ? await chooseOrgan(options, open, organ, `138${String(at).padStart(8, '0')}`)
      : formOf(await open('/r', [['code', group === 'leaders' ? cycle.leader(at) : cycle.receipt(organ)]]), base)
  const marks = marksOf(group, 3 + (at % 3))
  const sending =
    group === 'recipients'
      ? { form: { ...form, fields: [...form.fields, ...plainAnswers(organ, marks)] }, ...(post ? { post } : {}) }
      : { form, collected: { attrs: {}, pace: 0 as const, slips: [{ o: organ, a: [...marks] }], comments: [] } }
  return { group, organ, marks, ending: await sendFromDevice({ base, headers, ...sending }) }
}

type Open = (path: string, fields: readonly (readonly [string, string])[]) => Promise<string>

async function chooseOrgan({ app, cycle, base }: CrowdOptions, open: Open, organ: string, phone: string) {
  const path = cycle.path('public')
  await open(`${path}/sms/send`, [['phone', phone]])
  const otp = /\b\d{6}\b/.exec(app.messages.findLast((message) => message.phone.endsWith(phone))?.text ?? '')?.[0]
  const verified = await open(`${path}/sms/check`, [
    ['phone', phone],
    ['otp', otp ?? ''],
  ])
  return formOf(await open(`${path}/form`, [...hiddenFields(verified), [names.organ, organ]]), base)
}

/** As somebody does whose page does not load: once more, until it is there whole. */
async function untilItComes(
  address: string,
  headers: Record<string, string>,
  fields: readonly (readonly [string, string])[],
): Promise<string> {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  for (let time = 0; time < 10; time++) {
    const page = await fetch(address, { method: 'POST', body, headers: { ...headers, ...type } })
      .then(async (response) => ({ status: response.status, html: await response.text() }))
      .catch(() => null)
    if (page?.status === 200) return page.html
    if (page) throw new Error(`${address} answered ${page.status}`)
  }
  throw new Error(`${address} did not come`)
}

function formOf(html: string, base: string): Form {
  const attribute = (name: string) => new RegExp(`<form id="f"[^>]* ${name}="([^"]*)"`).exec(html)?.[1] ?? ''
  return {
    action: new URL(attribute('action').replaceAll('&amp;', '&'), base).href,
    fields: hiddenFields(html),
    manifest: attribute('data-manifest'),
    survey: attribute('data-survey'),
  }
}

/** Each rating the same level, nothing else: three levels of which none asks for reasons. */
function marksOf(group: Group, level: number): number[] {
  return answerQuestions(shippedForm(group)).map((question) => {
    if (question.type === 'rating') return level
    return question.type === 'choice' && question.multiple ? 0 : -1
  })
}

function plainAnswers(organ: string, marks: readonly number[]): [string, string][] {
  const questions = answerQuestions(shippedForm('recipients'))
  return questions.flatMap(({ id, type }, at) =>
    type === 'rating' ? [[`q.${organ}.${id}`, String(marks[at])] as [string, string]] : [],
  )
}

/** What is wrong with what a closed and opened survey holds, against what people know of themselves; nothing, if all is well. */
export async function recount(app: ServedApp, cycle: TestCycle, people: readonly Answered[]): Promise<string[]> {
  const faults: string[] = []
  for (const group of ['leaders', 'recipients', 'public'] as const) {
    const own = people.filter((each) => each.group === group)
    const tags = own.flatMap(({ ending }) => ('receipt' in ending ? [tagOf(ending.receipt)] : []))
    if (tags.length < own.length) faults.push(`${group}: ${own.length - tags.length} have no receipt`)
    const different = new Set(tags).size
    if (different < tags.length) faults.push(`${group}: ${tags.length - different} receipts are somebody else's`)
    const { id, sid } = cycle.survey(group)
    const kept = await look(
      app,
      `SELECT o.code AS organ, s.answers FROM slip AS s JOIN organ AS o ON o.id = s.organ_id
        WHERE s.jurisdiction_id = ? AND s.survey_id = ?`,
      [cycle.place.id, id],
    )
    const counted = kept.map(({ organ, answers }) => `${String(organ)} ${String(answers)}`).sort()
    const meant = own.map(({ organ, marks }) => `${organ} ${JSON.stringify(marks)}`).sort()
    if (counted.join('\n') !== meant.join('\n'))
      faults.push(`${group}: ${counted.length} answers are kept of ${meant.length} that were given`)
    const proofs = await Promise.all(
      tags.map((tag) => app.request(`/s/${cycle.jid}/${sid}/log/participation/proof/${tag}`)),
    )
    const missing = proofs.filter(({ status }) => status !== 200).length
    if (missing > 0) faults.push(`${group}: ${missing} receipts are not in the log`)
  }
  return faults
}

const tagOf = (address: string): string => new URL(address, 'http://localhost').searchParams.get(names.tag) ?? ''

/** A key that no request has had. */
export const newRequestKey = (): string => randomBytes(32).toString('base64url')
