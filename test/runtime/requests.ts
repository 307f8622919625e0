import { hiddenFields } from '../support/app.ts'
import type { Target } from './targets.ts'

type Pairs = readonly (readonly [string, string])[]

export function postForm(target: Target, path: string, fields: Pairs): Promise<Response> {
  const body = new URLSearchParams()
  for (const [name, value] of fields) body.append(name, value)
  return fetch(target.base + path, { method: 'POST', body, redirect: 'manual' })
}

export function postJson(target: Target, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return fetch(target.base + path, { method: 'POST', body: JSON.stringify(body), headers, redirect: 'manual' })
}

/** The form that a ticket code opens: where it goes, its hidden fields, the name of its first question. */
export interface OpenedForm {
  path: string
  fields: [string, string][]
  question: string
  organ: string
}

/** `address` as the demonstration prints it: /r#CODE. */
export async function openForm(target: Target, address: string): Promise<OpenedForm> {
  const response = await postForm(target, '/r', [['code', address.slice(address.indexOf('#') + 1)]])
  const html = await response.text()
  if (response.status !== 200) throw new Error(`the form did not come: ${response.status}`)
  const question = /name="(q\.([a-z0-9-]+)\.overall)"/.exec(html)!
  const path = /action="(\/s\/[a-z0-9-]+\/[a-z0-9-]+\/answer)/.exec(html)![1]!
  return { path, fields: hiddenFields(html), question: question[1]!, organ: question[2]! }
}

/** The same answer as the form would send it, as JSON. */
export function asJson(form: OpenedForm, value: string) {
  const field = (name: string) => form.fields.find(([each]) => each === name)![1]
  return { v: 1, elig: field('elig'), k: field('k'), answers: { [form.organ]: { overall: value } } }
}

/** People on the rolls of surveys that are open: those of the published year are deleted soon after the start. */
export const countRoll = `SELECT count(*) FROM roll AS r JOIN survey AS s
  ON s.jurisdiction_id = r.jurisdiction_id AND s.id = r.survey_id WHERE s.state = 'open'`

/** How many responses the installation has counted. */
export async function countedIn(target: Target): Promise<{ participation: number; roll: number; slips: number }> {
  const one = async (sql: string) => Number((await target.look.execute(sql)).rows[0]![0])
  return {
    participation: await one('SELECT coalesce(sum(n), 0) FROM participation'),
    roll: await one(countRoll),
    slips: await one('SELECT count(*) FROM slip'),
  }
}
