import { afterAll, beforeAll, expect, test } from 'vitest'
import { staffRoutes } from '../../server/node/staff-routes.ts'
import { firstRoutes } from '../../server/respondent-routes.ts'
import { createAppInSteps } from '../../server/routing.ts'
import { siteRoutes } from '../../server/site-routes.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { bodyOf } from '../support/respondent.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

test('respondents are served without results and office, whose routes come with the first request for one', async () => {
  const brought: string[] = []
  const bring = (name: string, routes: typeof siteRoutes) => async () => {
    brought.push(name)
    return routes
  }
  const served = createAppInSteps(app.world, firstRoutes, bring('site', siteRoutes), bring('staff', staffRoutes))
  expect((await served.request('/')).status).toBe(200)
  expect(brought).toEqual([])
  expect((await served.request('/method')).status).toBe(200)
  expect(brought).toEqual(['site'])
  // What was sent with the very first request is there: the form says what is wrong with it.
  const form = { origin: app.world.config.origins[0]!, 'content-type': 'application/x-www-form-urlencoded' }
  const signIn = (served: ReturnType<typeof createAppInSteps>) =>
    served.request('/office/sign-in', { method: 'POST', headers: form, body: 'email=nobody@example.org&password=x' })
  const first = await signIn(served)
  expect([first.status, bodyOf(await first.text()).includes('nobody@example.org')]).toEqual([401, true])
  expect((await served.request('/office/sign-in')).status).toBe(200)
  const unknown = await served.request('/no-such-page', { headers: { accept: 'text/html' } })
  expect([unknown.status, (await unknown.text()).includes('</html>')]).toEqual([404, true])
  expect(brought).toEqual(['site', 'staff'])
})

test('that they could not be brought fails that request alone', async () => {
  let tries = 0
  const served = createAppInSteps(app.world, firstRoutes, async () => {
    if (tries++ === 0) throw new Error('the disk did not answer')
    return staffRoutes
  })
  expect((await served.request('/office/sign-in')).status).toBe(500)
  expect((await served.request('/')).status).toBe(200)
  expect((await served.request('/office/sign-in')).status).toBe(200)
})
