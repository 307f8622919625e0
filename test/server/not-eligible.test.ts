import { expect, test } from 'vitest'
import { importExcluded } from '../../db/tickets.ts'
import { systemScope } from '../../server/guard.ts'
import { createTestApp } from '../support/app.ts'
import { createTestCycle } from '../support/cycle.ts'
import { bodyOf, sendForm } from '../support/respondent.ts'

test('somebody whom the survey does not ask is shown to the open channel of the cycle as long as it is open', async () => {
  const app = await createTestApp()
  const own = await createTestCycle(app)
  const { id: survey, sid } = own.survey('leaders')
  const p = await app.world.keys.pseudonym(`${own.jid}/${sid}`, 'roster:l001')
  const now = app.clock.time
  await importExcluded(app.world.writer, systemScope(own.place.id), { survey, people: [p], now })
  const page = async () => bodyOf(await (await sendForm(app, '/r', [['code', own.leader(0)]])).text())
  const open = await page()
  expect(open).toContain('本次测评不包括您')
  expect(open).toContain(`href="${own.path('open')}?lang=zh-CN">去留言`)
  await app.world.writer.transact({
    statements: [
      {
        sql: "UPDATE survey SET state = 'closed' WHERE jurisdiction_id = ? AND id = ?",
        args: [own.place.id, own.survey('open').id],
      },
    ],
  })
  expect(await page()).toContain('如有疑问，请拨打 12345。')
  expect(await page()).not.toContain('去留言')
  await app.close()
})
