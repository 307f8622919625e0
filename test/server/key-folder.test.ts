import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeKeyPrint, missingKeys, openKeyStore } from '../../server/node/key-store.ts'
import { base64url } from '../../surveys/canonical.ts'

const survey = 'jiangzhou/public-2026'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'gongping-keys-')), 'keys')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

describe('codeKeyPrint', () => {
  test('is that of the key of ticket codes, the same at every start, and none before there is a key', () => {
    expect(codeKeyPrint(folder)).toBeNull()
    openKeyStore(folder, () => 0)
    const key = readFileSync(join(folder, 'code.key'))
    const mark = createHmac('sha256', key).update('gp1|installation').digest()
    expect(codeKeyPrint(folder)).toEqual(createHash('sha256').update(mark).digest())
    openKeyStore(folder, () => 0)
    expect(codeKeyPrint(folder)).toEqual(createHash('sha256').update(mark).digest())
  })

  test('of another key is another', () => {
    openKeyStore(folder, () => 0)
    const before = codeKeyPrint(folder)
    writeFileSync(join(folder, 'code.key'), new Uint8Array(32))
    expect(codeKeyPrint(folder)).not.toEqual(before)
  })
})

describe('missingKeys', () => {
  test('names each file that is not there or not whole, and none once they are said to be lost', async () => {
    const place = join(folder, 'surveys', survey)
    const files = ['pseudonym.key', 'receipt.pem'].map((name) => join(place, name))
    expect(missingKeys(folder, survey)).toEqual(files)
    await openKeyStore(folder, () => 0).createSurveyKeys(survey)
    expect(missingKeys(folder, survey)).toEqual([])
    writeFileSync(files[1]!, '')
    expect(missingKeys(folder, survey)).toEqual([files[1]])
    writeFileSync(files[0]!, new Uint8Array(31))
    expect(missingKeys(folder, survey)).toEqual(files)
    rmSync(files[0]!)
    expect(missingKeys(folder, survey)).toEqual(files)
    writeFileSync(join(place, 'lost'), '')
    expect(missingKeys(folder, survey)).toEqual([])
  })
})

describe('missingKeys of a sealed survey', () => {
  test('names the issuer of each cell, the key of the plain form and that of the box, until their time is over', async () => {
    const keys = openKeyStore(folder, () => 0)
    await keys.createSurveyKeys(survey)
    await keys.createSealedKeys(survey, ['east', 'west'])
    const boxKey = base64url(await keys.createBoxKey(survey))
    const issuers = (await keys.issuers(survey)).map(({ cell, kid }) => ({ cell, kid }))
    const missing = (needs = { issuers, boxKey }) =>
      missingKeys(folder, survey, needs).map((path) => path.slice(join(folder, 'surveys', survey).length + 1))
    expect(missing()).toEqual([])
    const names = ['issuer-east.pem', 'issuer-west.pem', 'form.key', 'box.key']
    for (const name of names) {
      const path = join(folder, 'surveys', survey, name)
      const whole = readFileSync(path)
      rmSync(path)
      expect(missing()).toEqual([name])
      writeFileSync(path, whole.subarray(0, 20))
      expect(missing()).toEqual([name])
      writeFileSync(path, whole)
    }
    // Keys that are there, but not those of the manifest.
    const [east, west] = issuers
    const swapped = { issuers: [{ ...east!, kid: west!.kid }, west!], boxKey: base64url(new Uint8Array(65)) }
    expect(missing(swapped)).toEqual(['issuer-east.pem', 'box.key'])
    await keys.destroyIssuers(survey)
    expect(missing()).toEqual([])
    await keys.destroyBoxKeys(survey)
    expect(missing()).toEqual([])
  })
})

describe('an eligibility', () => {
  test('has one spelling: what was sealed opens, and every other way to write the same bytes is unknown', async () => {
    const keys = openKeyStore(folder, () => 0)
    const value = { survey, pseudonym: new Uint8Array(32), cell: 'all', adapter: 'sms' as const, expires: 1 }
    // Sealed until its text holds both letters that base64 spells otherwise.
    let text = ''
    while (!/-.*_|_.*-/.test(text)) text = await keys.sealEligibility(value)
    expect((await keys.openEligibility(text, 0)).ok).toBe(true)
    const others = [
      `${text}=`,
      `${text}==`,
      `${text} `,
      ` ${text}`,
      `${text}\n`,
      `${text.slice(0, 8)}\n${text.slice(8)}`,
      text.replaceAll('-', '+').replaceAll('_', '/'),
      text.replace('-', '+'),
      text.replace('_', '/'),
      `${text}*`,
    ]
    for (const other of others) {
      // Control: a reader that forgives takes each of them for the same bytes.
      expect(Buffer.from(other, 'base64url').equals(Buffer.from(text, 'base64url'))).toBe(true)
      expect(await keys.openEligibility(other, 0), JSON.stringify(other)).toEqual({ ok: false, error: 'unknown' })
    }
  })
})
