import { join } from 'node:path'
import { type Client, createClient } from '@libsql/client'
import type { Page } from 'playwright-core'
import { joinBoxKey } from '../../server/node/box-shares.ts'
import { envelopeOpener } from '../../server/node/envelopes.ts'
import { nodeSha256 } from '../../server/node/platform.ts'
import { readAnswers } from '../../surveys/answers.ts'
import { fromBase64url } from '../../surveys/canonical.ts'
import { checkResponse, envelopeContext, envelopeInfo, readPlaintext } from '../../surveys/envelope.ts'
import leadersForm from '../../surveys/forms/leaders.json' with { type: 'json' }
import publicForm from '../../surveys/forms/public.json' with { type: 'json' }
import { readManifest } from '../../surveys/manifest.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import type { RunningServer } from './server.ts'

/** What people do on the sealed forms of the demonstration, and what only the holder of its shares can read afterwards. */
export function createSealing(server: RunningServer) {
  const look: Client = createClient({
    url: `file:${join(server.folder, 'gongping.db')}`,
    concurrency: 1,
    timeout: 5_000,
  })

  const sid = (word: string) => `${word}-${new Date().getUTCFullYear()}`
  const forms = { leaders: leadersForm, public: publicForm } as const

  /** What lies in the box under a tag, opened with the key file. */
  async function opened(word: 'leaders' | 'public', tag: Uint8Array) {
    const { rows } = await look.execute({
      sql: `SELECT s.manifest, b.ver, b.enc, b.ct FROM box AS b JOIN survey AS s
        ON s.jurisdiction_id = b.jurisdiction_id AND s.id = b.survey_id WHERE b.tag = ?`,
      args: [tag],
    })
    const [row] = rows
    if (!row) throw new Error('there is no envelope')
    const text = String(row['manifest'])
    const manifest = readManifest(text)
    if (!manifest.ok) throw new Error('the manifest cannot be read')
    const { survey, organs, attrs, min_pad } = manifest.value
    const key = await joinBoxKey(sid(word), server.demo.boxShares[sid(word)]!)
    const open = envelopeOpener(key, envelopeInfo(survey, nodeSha256(new TextEncoder().encode(text))))
    const bytes = (value: unknown) => new Uint8Array(value as ArrayBuffer)
    const version = Number(row['ver'])
    const plaintext = open(bytes(row['enc']), envelopeContext(survey, 'all', tag, version), bytes(row['ct']))
    const read = readPlaintext(plaintext!, min_pad!)
    if (!read.ok) throw new Error(read.error)
    const questionnaire = parseQuestionnaire(forms[word])
    if (!questionnaire.ok) throw new Error('the form cannot be read')
    const terms = { survey, cell: 'all', questionnaire: questionnaire.value, organs, margins: Object.keys(attrs) }
    return { version, response: read.value, checked: checkResponse(read.value, terms) }
  }

  const tagOf = (page: Page) => fromBase64url(new URL(page.url()).searchParams.get('t')!)!

  /** Marks some answers at random and writes a comment; answers what a plain form would send. */
  async function fillAtRandom(page: Page, organs: number): Promise<[string, string][]> {
    return page.evaluate((most) => {
      const sections = Array.from(document.querySelectorAll<HTMLElement>('[data-organ]')).slice(0, most)
      const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)]!
      const form = document.querySelector<HTMLFormElement>('#f')!
      const choose = (question: Element, always: boolean) => {
        const inputs = Array.from(question.querySelectorAll<HTMLInputElement>('input'))
        if (inputs.length && (always || Math.random() < 0.7)) pick(inputs).click()
      }
      for (const section of sections) {
        for (const question of Array.from(section.querySelectorAll('.q')))
          choose(question, (question as HTMLElement).dataset['overall'] !== undefined)
        const text = section.querySelector('textarea')
        if (text && Math.random() < 0.5) {
          text.value = ' 办事\t很快 e\u0301 \r\n'
          text.dispatchEvent(new Event('input', { bubbles: true }))
        }
      }
      for (const question of Array.from(form.querySelectorAll('.q')))
        if (!question.closest('[data-organ]')) choose(question, false)
      return Array.from(new FormData(form), ([name, value]) => [name, String(value)] as [string, string])
    }, organs)
  }

  async function send(page: Page) {
    await page.evaluate(() => {
      const go = document.querySelector<HTMLElement>('#nav [data-go="list"]')
      if (go) {
        go.click()
        document.querySelector<HTMLElement>('#list [data-go="send"]')!.click()
      }
    })
    while (await page.locator('#nav [data-go=next]:visible').count())
      await page.locator('#nav [data-go=next]:visible').click()
    await page.click('#send button[type=submit]')
    await page.waitForURL('**/done?**')
  }

  /** What the server would have made of the same form. */
  function asRead(word: 'leaders' | 'public', sent: readonly [string, string][]) {
    // As they stand on the page: leaders begin anywhere in the list, citizens see what they chose.
    const named = sent.flatMap(([name, value]) =>
      word === 'public' ? (name === 'o' ? [value] : []) : /^[qc]\./.test(name) ? [name.split('.')[1]!] : [],
    )
    const organs = [...new Set(named)]
    const questionnaire = parseQuestionnaire(forms[word])
    if (!questionnaire.ok) throw new Error('the form cannot be read')
    const fields = new Map<string, string[]>()
    for (const [name, value] of sent) if (/^[qcm]\./.test(name)) fields.set(name, [...(fields.get(name) ?? []), value])
    const detailFor = word === 'public' ? organs[0]! : null
    const read = readAnswers(questionnaire.value, { organs, detailFor, fields })
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    return read.value
  }

  async function enterLeader(page: Page, link: string) {
    await page.goto(server.base + link)
    await page.waitForSelector('#landing.on')
  }

  let phones = 0
  async function enterCitizen(page: Page, organs: number) {
    phones += 1
    const phone = `1370000${String(phones).padStart(4, '0')}`
    await page.goto(server.base + server.demo.public)
    await page.fill('input[name=phone]', phone)
    await page.click('main form button[type=submit]')
    await page.fill('input[name=otp]', await server.codeFor(phone))
    await page.click('main form button[type=submit]')
    for (let at = 0; at < organs; at++) await page.locator('label.opt:visible').nth(at).click()
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('.part.on')
  }

  return { look, sid, opened, tagOf, fillAtRandom, send, asRead, enterLeader, enterCitizen }
}
