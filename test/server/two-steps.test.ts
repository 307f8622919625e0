import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAppInTwoSteps } from '../../server/app.ts'
import { staffRoutes } from '../../server/node/staff-routes.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { bodyOf } from '../support/respondent.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

test('respondents are served without the routes of the office, which come with the first request for one', async () => {
  let brought = 0
  const served = createAppInTwoSteps(app.world, async () => {
    brought++
    return staffRoutes
  })
  expect((await served.request('/')).status).toBe(200)
  expect(brought).toBe(0)
  // What was sent with the very first request is there: the form says what is wrong with it.
  const form = { origin: app.world.config.origins[0]!, 'content-type': 'application/x-www-form-urlencoded' }
  const signIn = (served: ReturnType<typeof createAppInTwoSteps>) =>
    served.request('/office/sign-in', { method: 'POST', headers: form, body: 'email=nobody@example.org&password=x' })
  const first = await signIn(served)
  expect([first.status, bodyOf(await first.text()).includes('nobody@example.org')]).toEqual([401, true])
  expect((await served.request('/office/sign-in')).status).toBe(200)
  const unknown = await served.request('/no-such-page', { headers: { accept: 'text/html' } })
  expect([unknown.status, (await unknown.text()).includes('</html>')]).toEqual([404, true])
  expect(brought).toBe(1)
})

test('that they could not be brought fails that request alone', async () => {
  let tries = 0
  const served = createAppInTwoSteps(app.world, async () => {
    if (tries++ === 0) throw new Error('the disk did not answer')
    return staffRoutes
  })
  expect((await served.request('/office/sign-in')).status).toBe(500)
  expect((await served.request('/')).status).toBe(200)
  expect((await served.request('/office/sign-in')).status).toBe(200)
})
