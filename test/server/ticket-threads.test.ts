import { afterAll, describe, expect, test } from 'vitest'
import { nodeBundleTools } from '../../server/node/bundle-reading.ts'
import { surveyFile } from '../../surveys/bundle.ts'
import { fromBase64url, utf8 } from '../../surveys/canonical.ts'
import type { TicketFacts } from '../../surveys/publication.ts'
import { bundleJid, bundleSids, makeBundle } from '../support/published.ts'

const { files } = makeBundle()
const sid = bundleSids.leaders
const textOf = (file: 'manifest.json' | 'tokens.ndjson') => new TextDecoder().decode(files.get(surveyFile(sid, file)))
const { cells } = JSON.parse(textOf('manifest.json')) as { cells: { id: string; issuer_spki: string }[] }
const facts: TicketFacts = {
  survey: `${bundleJid}/${sid}`,
  issuers: cells.map(({ id, issuer_spki }) => ({ cell: id, spki: fromBase64url(issuer_spki)! })),
}
const lines = textOf('tokens.ndjson').trim().split('\n')
/** 2,000 tickets, more than a million bytes: enough for threads to be started. */
const many = Array.from({ length: 2_000 }, (_, i) => `${lines[i % lines.length]}\n`)

describe('tickets checked in threads', () => {
  const tools = nodeBundleTools()
  afterAll(() => tools.close())
  const check = (text: string) => tools.checkTicketLines!(facts, utf8(text))

  test('are the same as those checked at once, with the first bad one in its place', async () => {
    const few = await check(many.slice(0, 20).join(''))
    expect(few).toMatchObject({ problem: null })
    const all = await check(many.join(''))
    expect(all.problem).toBeNull()
    expect(all.tags.length).toBe(2_000 * 32)
    expect(all.tags.subarray(0, 20 * 32)).toEqual(few.tags)
    // The signature of one ticket under the message of another.
    const [first, second] = lines.map((line) => JSON.parse(line) as { cell: string; msg: string; sig: string })
    const forged = `${JSON.stringify({ cell: 'all', msg: first!.msg, sig: second!.sig })}\n`
    const found = await check(many.with(1_234, forged).join(''))
    expect(found.problem).toMatchObject({ code: 'ticket_signature' })
    expect(found.tags.length).toBe(1_234 * 32)
  }, 60_000)
})
