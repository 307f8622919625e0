import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeBackup, restoreBackup } from '../../server/node/backup.ts'
import { sweepEvidence } from '../../server/schedule.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { evidenceLimits } from '../../surveys/self-assessment.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { signIn } from '../support/respondent.ts'
import {
  beginSelfYear,
  type Employed,
  type FilesToSend,
  filledSheet,
  type SelfYear,
  sendFiles,
} from '../support/self-assessment.ts'
import { freePort } from '../support/server.ts'

// Files that stand for what an organ says: what is taken, what is refused, who gets them, and when they go.

let app: TestApp
let year: SelfYear
let office: Desk
let own: Employed
beforeAll(async () => {
  app = await createTestApp()
  year = await beginSelfYear(app)
  office = await year.office()
  own = await year.officer()
  await own.desk.post(year.pathOf(own.organ), filledSheet())
}, 60_000)
afterAll(() => app.close())

const folder = () => join(app.world.config.dataFolder, 'evidence')
const kept = () =>
  (existsSync(folder()) ? readdirSync(folder(), { recursive: true }) : [])
    .map(String)
    .filter((name) => /[0-9a-f]{64}$/.test(name))
const incoming = () => (existsSync(join(folder(), 'incoming')) ? readdirSync(join(folder(), 'incoming')) : [])
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const fileField = 'file.functional.key'

const pdf = (text = 'x') => utf8(`%PDF-1.4\n${text}\n%%EOF`)
const zip = (names: readonly string[]) =>
  new Uint8Array(zipSync(Object.fromEntries(names.map((name) => [name, utf8('<x/>')]))))
const docx = zip(['[Content_Types].xml', 'word/document.xml'])

describe('evidence', () => {
  const version = async () =>
    hiddenOf((await own.desk.page(year.pathOf(own.organ))).body, year.pathOf(own.organ))['version']!
  const give = async (files: FilesToSend, changes: Record<string, string> = {}) =>
    sendFiles(app, own.cookie, year.pathOf(own.organ), filledSheet({ version: await version(), ...changes }), files)

  test.each<[string, Uint8Array]>([
    ['报告 2026.pdf', pdf('first')],
    ['照片.JPEG', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2])],
    ['图.png', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1])],
    ['说明.docx', docx],
    ['表.xlsx', zip(['[Content_Types].xml', 'xl/workbook.xml'])],
    ['公文.ofd', zip(['OFD.xml', 'Doc_0/Document.xml'])],
  ])('%s is taken, kept once by its hash, and given back as a file to save', async (name, bytes) => {
    expect((await give([[fileField, name, bytes]])).status).toBe(303)
    expect((await give([['file.functional.other', name, bytes]])).status).toBe(303)
    expect(kept().filter((each) => each.endsWith(hashOf(bytes)))).toHaveLength(1)
    expect(incoming()).toEqual([])
    const path = `${year.pathOf(own.organ)}/evidence/${hashOf(bytes)}`
    const got = await app.request(path, { headers: { cookie: own.cookie } })
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes)
    expect(got.headers.get('content-disposition')).toMatch(/^attachment; filename="evidence-/)
    expect(got.headers.get('content-disposition')).toContain(encodeURIComponent(name))
    expect(got.headers.get('x-content-type-options')).toBe('nosniff')
    expect(got.headers.get('content-security-policy')).toContain('sandbox')
  })

  test.each<[string, string, Uint8Array, string]>([
    [
      'a page that calls itself a document',
      '报告.pdf',
      utf8('<script>alert(1)</script>%PDF-1.4'),
      '不是可以接收的文件',
    ],
    ['a picture under another name', '图.pdf', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]), '不是可以接收的文件'],
    ['a document under a program’s name', '报告.pdf.exe', pdf(), '不是可以接收的文件'],
    ['an archive of something else', '说明.docx', zip(['index.html']), '不是可以接收的文件'],
    [
      'a document with macros',
      '说明.docx',
      zip(['[Content_Types].xml', 'word/document.xml', 'word/vbaProject.bin']),
      '宏',
    ],
    ['an archive that is cut off', '说明.docx', docx.subarray(0, docx.length - 30), '不是可以接收的文件'],
    ['an empty file', '空.pdf', new Uint8Array(0), '空文件'],
    ['a name that is too long', `${'长'.repeat(130)}.pdf`, pdf(), '文件名不能使用'],
    ['a file that is too long', '大.pdf', new Uint8Array(evidenceLimits.fileBytes + 1), '超过 20 MiB'],
  ])('%s is refused in words, and what was typed stays', async (_what, name, bytes, said) => {
    const before = kept()
    const refused = await give([[fileField, name, bytes]], { problems: '没有保存的话' })
    expect(refused.status).toBe(422)
    expect(refused.body).toContain(said)
    expect(refused.body).toContain('没有保存的话</textarea>')
    expect(refused.body).toContain('没有保存，请重新选择')
    expect([kept(), incoming()]).toEqual([before, []])
    expect((await own.desk.page(year.pathOf(own.organ))).body).not.toContain('没有保存的话')
  })

  test('a path in a name leads nowhere, and a name is shown as text', async () => {
    const bytes = pdf('paths')
    expect((await give([[fileField, '../../../etc/<img src=x>.pdf', bytes]])).status).toBe(303)
    const page = (await own.desk.page(year.pathOf(own.organ))).body
    expect(page).toContain('&lt;img src=x>.pdf')
    expect(page).not.toContain('etc/&lt;img')
    expect(kept().every((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name))).toBe(true)
  })

  test('an archive that would unpack to gigabytes is only listed', async () => {
    const bomb = new Uint8Array(
      zipSync({ '[Content_Types].xml': utf8('<x/>'), 'word/document.xml': new Uint8Array(200 * 1024 * 1024) }),
    )
    expect(bomb.length).toBeLessThan(1024 * 1024)
    const before = process.memoryUsage().arrayBuffers
    expect((await give([[fileField, '弹.docx', bomb]])).status).toBe(303)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024)
  })

  test('a line has room for ten files, and says so', async () => {
    const many = (from: number, n: number): FilesToSend =>
      Array.from(
        { length: n },
        (_, at) => ['file.functional.regular', `${from + at}.pdf`, pdf(`many ${from + at}`)] as const,
      )
    expect((await give(many(0, 10))).status).toBe(303)
    const refused = await give(many(10, 1))
    expect([refused.status, refused.body.includes('最多 10 个佐证文件')]).toEqual([422, true])
  })

  test('of another organ, of another place, or of a draft is not there', async () => {
    const bytes = pdf('secret')
    await give([[fileField, '内部.pdf', bytes]])
    const stranger = await year.hire('organ_officer', year.cycle.organs[4]!)
    const path = `${year.pathOf(own.organ)}/evidence/${hashOf(bytes)}`
    expect((await stranger.desk.page(path)).status).toBe(404)
    expect((await stranger.desk.page(year.pathOf(own.organ))).status).toBe(404)
    expect((await stranger.desk.page(`${year.pathOf(year.cycle.organs[4]!)}/evidence/${hashOf(bytes)}`)).status).toBe(
      404,
    )
    expect((await stranger.desk.post(year.pathOf(own.organ), filledSheet())).status).toBe(404)
    const other = await createTestCycle(app)
    const elsewhere = deskOf(app, await signIn(app, accountOf(other, 'office_admin')))
    expect((await elsewhere.page(path)).status).toBe(404)
    expect((await office.page(path)).status).toBe(404)
    expect(await look(app, "SELECT 1 FROM audit WHERE reason = 'foreign' AND object LIKE '%evidence%'")).not.toEqual([])
  })

  test('without the token of the session nothing is kept', async () => {
    const form = new FormData()
    form.append('csrf', 'another')
    form.append(fileField, new Blob([pdf('no token') as Uint8Array<ArrayBuffer>]), 'a.pdf')
    const headers = { cookie: own.cookie }
    const response = await app.request(year.pathOf(own.organ), { method: 'POST', body: form, headers })
    expect(response.status).toBe(403)
    expect(kept().some((name) => name.endsWith(hashOf(pdf('no token'))))).toBe(false)
    expect(incoming()).toEqual([])
  })

  test('that breaks off on its way leaves nothing', async () => {
    const port = await freePort()
    const server = createServer(getRequestListener((request) => app.app.fetch(request, {})))
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
    const socket = connect(port, '127.0.0.1')
    const head = `--b\r\nContent-Disposition: form-data; name="${fileField}"; filename="a.pdf"\r\n\r\n%PDF-1.4 `
    socket.write(
      `POST ${year.pathOf(own.organ)} HTTP/1.1\r\nHost: localhost\r\nCookie: ${own.cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n${head}${'x'.repeat(20_000)}`,
    )
    await expect.poll(incoming).toHaveLength(1)
    socket.destroy()
    await expect.poll(incoming).toEqual([])
    await new Promise((done) => server.close(done))
  })

  test('goes into the backup and back with it, and is missed when it is not there', async () => {
    const bytes = pdf('to back up')
    expect((await give([['file.functional.other', '备份.pdf', bytes]])).status).toBe(303)
    const { folder: home } = app.database
    const backUp = async (to: string) => {
      const publications = join(home, 'publications')
      const from = { path: join(home, 'gongping.db'), publications, evidence: folder() }
      const made = await makeBackup(app.world, { ...from, to: join(home, to), recipients: [], now: app.clock.time })
      if (!made.ok) throw new Error(made.error.code)
      return made.value
    }
    const made = await backUp('backups')
    expect(made.lost).toEqual([])
    expect(made.listing.contents.evidence).toContain(hashOf(bytes))
    const place = join(hashOf(bytes).slice(0, 2), hashOf(bytes))
    const back = join(home, 'back')
    const restored = await restoreBackup(app.world, {
      list: made.list,
      path: join(back, 'gongping.db'),
      publications: join(back, 'publications'),
      evidence: join(back, 'evidence'),
      checkpoints: join(home, 'checkpoints'),
      identityFile: null,
      dryRun: false,
    })
    expect(restored.ok).toBe(true)
    expect(readFileSync(join(back, 'evidence', place))).toEqual(Buffer.from(bytes))
    rmSync(join(folder(), place))
    expect((await backUp('others')).lost).toEqual([`evidence/${hashOf(bytes)}`])
  })

  test('that was taken away goes from the disk after the days of grace, and what is named stays', async () => {
    const [gone, stays] = [pdf('to go'), pdf('to stay')]
    const given = await give([
      ['file.functional.other', '去.pdf', gone],
      ['file.functional.other', '留.pdf', stays],
    ])
    expect(given.status).toBe(303)
    const marked = { remove: `functional.other/${hashOf(gone)}` }
    expect(
      (
        await sendFiles(
          app,
          own.cookie,
          year.pathOf(own.organ),
          filledSheet({ version: await version(), ...marked }),
          [],
        )
      ).status,
    ).toBe(303)
    expect((await own.desk.page(`${year.pathOf(own.organ)}/evidence/${hashOf(gone)}`)).status).toBe(404)
    mkdirSync(join(folder(), 'ab'), { recursive: true })
    writeFileSync(join(folder(), 'ab', 'ab'.repeat(32)), 'nobody names it')
    for (const name of kept()) utimesSync(join(folder(), name), 0, 0)
    expect(await sweepEvidence(app.world)).toBe(1)
    expect(kept().some((name) => name.endsWith(hashOf(gone)))).toBe(true)
    app.clock.time += 36 * 86_400_000
    await sweepEvidence(app.world)
    expect(kept().some((name) => name.endsWith(hashOf(gone)))).toBe(false)
    expect(readFileSync(join(folder(), hashOf(stays).slice(0, 2), hashOf(stays)))).toEqual(Buffer.from(stays))
  })
})
