import { spawnSync } from 'node:child_process'
import { createHmac, createPublicKey, verify } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Eligibility, SurveyKeysMissing } from '../../server/keys.ts'
import { exportKeys, missingKeys, openKeyStore } from '../../server/node/key-store.ts'
import { openKeySet } from '../../server/worker/key-store.ts'

const day = 86_400_000
const survey = 'jiangzhou/leaders-2026'

let folder: string
let time: number
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'gongping-keys-')), 'keys')
  time = Date.UTC(2026, 2, 2, 2)
})
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

const open = () => openKeyStore(folder, () => time)
const eligibility = (changes: Partial<Eligibility> = {}): Eligibility => ({
  survey,
  pseudonym: new Uint8Array(32).fill(7),
  cell: 'all',
  adapter: 'receipt',
  expires: time + 6 * 3_600_000,
  organ: 'caizhengting',
  ...changes,
})

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

describe('openKeyStore', () => {
  test('keeps keys where only the server’s own user can read them', async () => {
    const keys = open()
    await keys.createSurveyKeys(survey)
    await keys.sealEligibility(eligibility())
    const files = await filesBelow(folder)
    // Ticket codes, staff forms, accounts, the day; pseudonyms and receipts of the survey.
    expect(files).toHaveLength(6)
    for (const file of files) expect((await stat(file)).mode & 0o777, file).toBe(0o600)
    for (const place of [folder, join(folder, 'surveys', survey)]) expect((await stat(place)).mode & 0o777).toBe(0o700)
  })

  test('finds the same keys after a restart, and making them again changes none', async () => {
    const first = open()
    await first.createSurveyKeys(survey)
    const before = [
      await first.codeHash('A'),
      await first.pseudonym(survey, 'roster:1'),
      first.accountSecret,
      await first.derive('form|x'),
    ]
    const receipt = await first.signReceipt(survey, 'all', new Uint8Array(32))
    const second = open()
    await second.createSurveyKeys(survey)
    expect([
      await second.codeHash('A'),
      await second.pseudonym(survey, 'roster:1'),
      second.accountSecret,
      await second.derive('form|x'),
    ]).toEqual(before)
    expect(await second.signReceipt(survey, 'all', new Uint8Array(32))).toEqual(receipt)
  })

  test('does not start on half a key', async () => {
    open()
    await writeFile(join(folder, 'code.key'), 'short')
    expect(open).toThrow(/code\.key needs exactly 32 bytes/)
  })

  const cannotLimit = spawnSync('prlimit', ['--version']).status !== 0 && !process.env['CI']
  const skipped = cannotLimit ? ' (skipped: no prlimit)' : ''
  test.skipIf(cannotLimit)(`leaves nothing behind where there is no room for a key${skipped}`, async () => {
    // A process that may not write a byte into any file, as on a full disk.
    const script = `(await import('./server/node/key-store.ts')).openKeyStore(process.argv[1], Date.now)`
    const run = ['--import', 'tsx', '--input-type=module', '--eval', script, folder]
    const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
    const full = spawnSync('prlimit', ['--fsize=0', process.execPath, ...run], { encoding: 'utf8', env })
    expect(full.stderr).toMatch(/GONGPING_KEYS: .*code\.key.* it needs a place for a key/)
    expect(await filesBelow(folder)).toEqual([])
    open()
    expect(await filesBelow(folder)).toHaveLength(3)
  })

  test('makes hashes that anybody with the key can make again, and different ones for every use', async () => {
    const keys = open()
    await keys.createSurveyKeys(survey)
    await keys.createSurveyKeys('jiangzhou/public-2026')
    const codeKey = await readFile(join(folder, 'code.key'))
    const surveyKey = await readFile(join(folder, 'surveys', survey, 'pseudonym.key'))
    const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
    // The formulas of the ballot protocol, sections 2 and 3.
    expect(await keys.codeHash('7K3M01118QRSTVWX')).toEqual(hmac(codeKey, '7K3M01118QRSTVWX'))
    expect(await keys.pseudonym(survey, 'phone:+8613800138000')).toEqual(
      hmac(surveyKey, `gp1|p|${survey}|phone:+8613800138000`),
    )
    const all = [
      await keys.pseudonym(survey, 'phone:+8613800138000'),
      await keys.contactHash(survey, '+8613800138000'),
      await keys.pseudonym('jiangzhou/public-2026', 'phone:+8613800138000'),
      await keys.contactHash('jiangzhou/public-2026', '+8613800138000'),
    ].map((hash) => Buffer.from(hash).toString('hex'))
    expect(new Set(all).size).toBe(4)
  })
})

describe('a receipt', () => {
  test('is an Ed25519 signature that the published key verifies, and nothing else', async () => {
    const keys = open()
    expect(await keys.receiptPublicKey(survey)).toBeNull()
    await keys.createSurveyKeys(survey)
    const tag = new Uint8Array(32).fill(9)
    const signature = await keys.signReceipt(survey, 'all', tag)
    const x = Buffer.from((await keys.receiptPublicKey(survey))!).toString('base64url')
    const published = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const text = `gp1|rcpt|${survey}|all|${Buffer.from(tag).toString('base64url')}`
    expect(verify(null, Buffer.from(text), published, signature)).toBe(true)
    expect(await keys.verifyReceipt(survey, 'all', tag, signature)).toBe(true)
    expect(await keys.verifyReceipt(survey, 'other', tag, signature)).toBe(false)
    expect(await keys.verifyReceipt(survey, 'all', new Uint8Array(32), signature)).toBe(false)
    expect(await keys.verifyReceipt(survey, 'all', tag, signature.subarray(1))).toBe(false)
    expect(await keys.signReceipt(survey, 'all', tag)).toEqual(signature)
  })
})

describe('an eligibility', () => {
  test('comes back as it was, and two of the same person look different', async () => {
    const keys = open()
    const [one, two] = [await keys.sealEligibility(eligibility()), await keys.sealEligibility(eligibility())]
    expect(one).not.toBe(two)
    for (const text of [one, two]) {
      const opened = await keys.openEligibility(text, time)
      expect(opened.ok && { ...opened.value, pseudonym: new Uint8Array(opened.value.pseudonym) }).toEqual(eligibility())
      expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('jiangzhou')
    }
    const { organ: _, ...without } = eligibility()
    const opened = await keys.openEligibility(await keys.sealEligibility(without), time)
    expect(opened.ok && 'organ' in opened.value).toBe(false)
  })

  test('with any one bit turned is nothing, or of a day whose key is gone', async () => {
    const keys = open()
    const bytes = Buffer.from(await keys.sealEligibility(eligibility()), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = Buffer.from(bytes)
      turned[bit >> 3]! ^= 1 << (bit & 7)
      const opened = await keys.openEligibility(turned.toString('base64url'), time)
      const isDay = bit < 32 && !opened.ok && opened.error === 'elig_expired'
      expect(isDay ? { ok: false, error: 'unknown' } : opened, `bit ${bit}`).toEqual({ ok: false, error: 'unknown' })
    }
  })

  test('of another installation is unknown', async () => {
    const text = await open().sealEligibility(eligibility())
    await rm(folder, { recursive: true })
    const keys = open()
    await keys.sealEligibility(eligibility())
    expect(await keys.openEligibility(text, time)).toEqual({ ok: false, error: 'unknown' })
  })

  test('survives midnight, and the key of its day is gone after two days, from the folder and from memory', async () => {
    const keys = open()
    time = Date.UTC(2026, 2, 2, 23, 59)
    const text = await keys.sealEligibility(eligibility())
    const start = time
    time += 2 * 60_000
    expect((await keys.openEligibility(text, time)).ok).toBe(true)
    await keys.sealEligibility(eligibility())
    expect((await readdir(folder)).filter((name) => name.startsWith('eligibility-'))).toHaveLength(2)
    time = start + 3 * day
    await keys.sealEligibility(eligibility())
    // Today's and the one of the day before yesterday's midnight.
    expect((await readdir(folder)).filter((name) => name.startsWith('eligibility-'))).toHaveLength(2)
    // Even for somebody who turns the clock back.
    expect(await keys.openEligibility(text, start)).toEqual({ ok: false, error: 'unknown' })
  })
})

describe('a pseudonym key that was destroyed', () => {
  test('is gone for this process, for the next and from exports, and stays so; receipts are good as before', async () => {
    const keys = open()
    await keys.createSurveyKeys(survey)
    const path = join(folder, 'surveys', survey, 'pseudonym.key')
    const copy = await readFile(path)
    const tag = new Uint8Array(32).fill(5)
    const signature = await keys.signReceipt(survey, 'all', tag)
    await keys.pseudonym(survey, 'roster:1')
    expect(await keys.destroyPseudonymKey(survey)).toBe(true)
    expect(await keys.destroyPseudonymKey(survey)).toBe(false)
    const edge = openKeySet(exportKeys(folder), () => time)
    for (const store of [keys, open(), edge]) {
      expect(() => store.pseudonym(survey, 'roster:1')).toThrow(SurveyKeysMissing)
      expect(await store.verifyReceipt(survey, 'all', tag, signature)).toBe(true)
    }
    // A start misses nothing, and nobody makes a new one.
    expect(missingKeys(folder, survey)).toEqual([])
    await keys.createSurveyKeys(survey)
    await expect(readFile(path)).rejects.toThrow('ENOENT')
    // Put back from a copy it is of no use, and goes again.
    await writeFile(path, copy)
    expect(() => open().pseudonym(survey, 'roster:1')).toThrow(SurveyKeysMissing)
    expect(await keys.destroyPseudonymKey(survey)).toBe(true)
    await expect(readFile(path)).rejects.toThrow('ENOENT')
  })
})

describe('exportKeys', () => {
  test('hands over what respondents need and no secret of the staff', async () => {
    const keys = open()
    await keys.createSurveyKeys(survey)
    const text = exportKeys(folder)
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(['code', 'eligibility', 'logs', 'surveys'])
    expect(text).not.toContain(keys.accountSecret)
    expect(text).not.toContain((await readFile(join(folder, 'form.key'))).toString('base64url'))
    // Control: this is how a key stands in the text.
    expect(text).toContain((await readFile(join(folder, 'code.key'))).toString('base64url'))
  })

  test('goes on without keys that are missing or damaged, and names them unless somebody said that they are lost', async () => {
    const others = ['jiangzhou/public-2026', 'jiangzhou/recipients-2026']
    for (const each of [survey, ...others]) await open().createSurveyKeys(each)
    const file = (name: string, key: string) => join(folder, 'surveys', name, key)
    await rm(file(survey, 'pseudonym.key'))
    await writeFile(file(others[0]!, 'receipt.pem'), '')
    await rm(file(others[1]!, 'pseudonym.key'))
    await writeFile(file(others[1]!, 'lost'), '')
    const missing: string[] = []
    const edge = openKeySet(
      exportKeys(folder, (path) => missing.push(path)),
      () => time,
    )
    expect(missing.sort()).toEqual([file(survey, 'pseudonym.key'), file(others[0]!, 'receipt.pem')].sort())
    expect(() => edge.pseudonym(survey, 'roster:1')).toThrow(SurveyKeysMissing)
    expect(() => edge.signReceipt(others[0]!, 'all', new Uint8Array(32))).toThrow(SurveyKeysMissing)
    await edge.pseudonym(others[0]!, 'phone:1')
  })
})

describe('openKeySet', () => {
  test('the exported keys make the same codes, pseudonyms and receipts at the edge', async () => {
    const keys = open()
    await keys.createSurveyKeys(survey)
    const edge = openKeySet(exportKeys(folder), () => time)
    const tag = new Uint8Array(32).fill(3)
    expect(await edge.codeHash('7K3M01118QRSTVWX')).toEqual(new Uint8Array(await keys.codeHash('7K3M01118QRSTVWX')))
    expect(await edge.pseudonym(survey, 'phone:+8613800000000')).toEqual(
      new Uint8Array(await keys.pseudonym(survey, 'phone:+8613800000000')),
    )
    const signature = await edge.signReceipt(survey, 'all', tag)
    expect(signature).toEqual(new Uint8Array(await keys.signReceipt(survey, 'all', tag)))
    expect(await keys.verifyReceipt(survey, 'all', tag, signature)).toBe(true)
  })

  test.each([
    [undefined, 'is missing'],
    ['', 'is missing'],
    ['{', 'is not the exported text'],
    ['{"code":"short","surveys":{}}', 'lacks the key code'],
  ])('refuses %s with one message that says how to make it', (secret, what) => {
    expect(() => openKeySet(secret, () => time)).toThrow(`GONGPING_KEY_SET ${what}; set it to the output of`)
  })
})
