import { join } from 'node:path'
import { claimMessage, endMailing, listQueued, settleMessage } from '../../db/mailings.ts'
import { openDatabase } from '../../db/node/open.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { listRunningMailings, readSurvey } from '../../db/platform.ts'
import { readConfig } from '../../server/config.ts'
import { systemScope } from '../../server/guard.ts'
import { composeMail, openContact, type Words } from '../../server/invitations.ts'
import { createLimiter } from '../../server/limits.ts'
import { openKeyStore } from '../../server/node/key-store.ts'
import { smtpGateway } from '../../server/node/mail.ts'
import { nodeCryptography, noSms } from '../../server/node/platform.ts'
import { startSending } from '../../server/sending.ts'
import type { World } from '../../server/world.ts'
import { surveyName } from '../../surveys/ballot.ts'

// A process that sends what waits in a database and then ends: `sender.ts FOLDER SMTP honest|naive`. The naive one hands each
// message over and claims it afterwards, which is the mistake that a kill has to show.

const [folder = '', smtp = '', way = ''] = process.argv.slice(2)
const url = `file:${join(folder, 'gongping.db')}`
const now = () => Date.now()
const read = readConfig(
  { DATA_DIR: folder, DEMO: '0', SMTP_URL: smtp, MAIL_FROM: 'survey@example.gov.cn', MESSAGES_PER_SECOND: '100' },
  () => '',
)
if (!read.ok) throw new Error(read.error)
const config = read.value
const [db, writer] = [await openDatabase(url), await openEmbeddedWriter(url, { onBackgroundFailure: () => {} })]
const crypto = nodeCryptography()
const mail = smtpGateway(config.smtpUrl, config.mailFrom)
const nothing = () => Promise.reject(new Error('a sender does nothing else'))
const world: World = {
  config,
  db,
  pages: db,
  writer,
  keys: openKeyStore(join(folder, 'keys'), now),
  crypto,
  limiter: createLimiter(crypto, now),
  assets: { styles: {}, scripts: {}, files: {} },
  sms: noSms,
  mail,
  standing: nothing,
  screening: nothing,
  details: nothing,
  fieldwork: nothing,
  trees: { root: nothing, inclusion: nothing, consistency: nothing } as unknown as World['trees'],
  boxes: null,
  publications: null,
  evidence: null,
  now,
  log: () => {},
  compress: null,
  peer: () => '',
  readAsset: async () => null,
  accounts: null,
  setupToken: null,
  ready: async () => true,
}

const isOver = async () => (await listRunningMailings(db, Number.MAX_SAFE_INTEGER)).length === 0

async function sendHonestly(): Promise<void> {
  const sending = startSending(world)
  while (!(await isOver())) await new Promise((done) => setTimeout(done, 20))
  await sending.stop()
}

async function sendNaively(): Promise<void> {
  const [run] = await listRunningMailings(db, Number.MAX_SAFE_INTEGER)
  if (!run) return
  const scope = systemScope(run.jurisdiction)
  const file = (await readSurvey(db, scope, run.survey))!
  for (const message of await listQueued(db, scope, { ...run, limit: 100 })) {
    const contact = await openContact(world, surveyName(run.jid, run.sid), { ...message, id: message.addressee })
    const one = { ...run, message: message.id }
    await mail.send(await composeMail(world, file, contact!, JSON.parse(run.body) as Words))
    await claimMessage(writer, scope, { ...one, now: now() })
    await settleMessage(writer, scope, { ...one, state: 'sent' })
  }
  await endMailing(writer, scope, run)
}

await (way === 'naive' ? sendNaively() : sendHonestly())
mail.close()
await writer.stop()
process.exit(0)
