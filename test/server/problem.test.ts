import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RefusalCode, refuse } from '../../server/problem.tsx'
import { defineRoute } from '../../server/route.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'

/** Every refusal with the status that people and programs are promised. */
const statuses: Record<RefusalCode, number> = {
  bad_request: 400,
  unknown_kid: 400,
  wrong_code: 401,
  not_verified: 401,
  elig_expired: 401,
  signed_out: 401,
  key_invalid: 401,
  key_scope: 403,
  not_published: 404,
  withdrawn: 410,
  invalid_fields: 422,
  request_key_reused: 422,
  forbidden: 403,
  form_expired: 403,
  fresh_needed: 403,
  not_eligible: 403,
  unknown: 404,
  not_found: 404,
  not_logged_yet: 404,
  spent: 409,
  conflict: 409,
  version_conflict: 409,
  change_limit: 409,
  receipt_expired: 410,
  receipt_revoked: 410,
  receipts_full: 409,
  closed: 410,
  not_open: 410,
  quota_full: 409,
  paused: 503,
  maintenance: 503,
  too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  invalid_answers: 422,
  too_many_requests: 429,
  signer_fault: 500,
  failed: 500,
  try_again: 503,
}
const codes = Object.keys(statuses) as RefusalCode[]

const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' } as const
const isCode = (text: string): text is RefusalCode => text in statuses
const refuses = (path: '/test-problem/:code' | '/office/a/test-problem/:code') =>
  defineRoute({
    method: 'GET',
    path,
    policy,
    handler: (exchange) => {
      const { code } = exchange.params
      return refuse(exchange, isCode(code) ? code : 'not_found', {
        seconds: 7,
        errors: [{ path: 'a.b', code: 'malformed' }],
      })
    },
  })

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ routes: [refuses('/test-problem/:code'), refuses('/office/a/test-problem/:code')] })
})
afterAll(() => app.close())

const ask = (path: string, accept: string, language = 'zh-CN') =>
  app.request(path, { headers: { accept, 'accept-language': language } })

describe('a refusal', () => {
  for (const code of codes) {
    test(`${code} is ${statuses[code]} as a page, to respondents and to staff, and as a problem, in both languages`, async () => {
      for (const path of [`/test-problem/${code}`, `/office/a/test-problem/${code}`]) {
        for (const language of ['zh-CN', 'en']) {
          const page = await ask(path, 'text/html', language)
          expect(page.status, path).toBe(statuses[code])
          const html = await page.text()
          expect(html).toContain(`<html lang="${language}">`)
          const body = bodyOf(html)
          expect(body).toMatch(/<h1[^>]*>[^<]+/)
          // One thing to do from here, in words: no code, no bare mark, no unfilled place.
          expect(body).toMatch(/<a [^>]*href="|<form /)
          expect(body).not.toMatch(/\{\w+\}|undefined|\[object|NaN/)
          expect(body).not.toContain('a.b')
        }
        const problem = await ask(path, 'application/json', 'en')
        expect(problem.status).toBe(statuses[code])
        expect(problem.headers.get('content-type')).toBe('application/problem+json')
        const json = (await problem.json()) as Record<string, unknown>
        expect(json).toMatchObject({
          type: `/problems#${code}`,
          status: statuses[code],
          code,
          errors: [{ path: 'a.b', code: 'malformed' }],
        })
        expect(json['title']).toMatch(/^[\x20-\x7e\u2019]+$/)
        // One answer for every wrong ticket: nothing in it may differ.
        expect('req' in json).toBe(code !== 'unknown')
      }
    })
  }

  test('says when to come back exactly where that helps', async () => {
    for (const code of codes) {
      const response = await ask(`/test-problem/${code}`, 'application/json')
      expect(response.headers.get('retry-after'), code).toBe(
        ['too_many_requests', 'try_again', 'paused', 'maintenance'].includes(code) ? '7' : null,
      )
    }
  })

  test('has a name of its own by which it can be asked about', async () => {
    const names = new Set<unknown>()
    for (let at = 0; at < 50; at++)
      names.add(((await (await ask('/test-problem/failed', 'application/json')).json()) as { req: string }).req)
    expect(names.size).toBe(50)
    const page = bodyOf(await (await ask('/test-problem/failed', 'text/html')).text())
    expect(page).toMatch(/[0-9a-v]{10}/)
  })

  test('goes out as JSON to who asks for it or sends it, and as a page to browsers', async () => {
    const type = async (headers: Record<string, string>) =>
      (await app.request('/nowhere', { headers })).headers.get('content-type')
    expect(await type({ accept: 'application/json' })).toBe('application/problem+json')
    expect(await type({ accept: 'application/problem+json' })).toBe('application/problem+json')
    expect(await type({ 'content-type': 'application/json' })).toBe('application/problem+json')
    expect(await type({ accept: '*/*', 'content-type': 'application/json; charset=utf-8' })).toBe(
      'application/problem+json',
    )
    expect(await type({})).toBe('text/html; charset=utf-8')
    expect(await type({ accept: '*/*' })).toBe('text/html; charset=utf-8')
    expect(await type({ accept: 'text/html,application/xhtml+xml,application/json;q=0.5' })).toBe(
      'text/html; charset=utf-8',
    )
  })
})

describe('a page that refuses staff', () => {
  let cycle: TestCycle
  beforeAll(async () => {
    cycle = await createTestCycle(app)
  })

  test('knows who is signed in, and leads them back to their pages', async () => {
    const cookie = await signIn(app, accountOf(cycle, 'auditor'))
    const { email } = accountOf(cycle, 'auditor')
    const refused = [
      [`/office/${cycle.jid}/2026/scores.csv`, 403],
      ['/office/elsewhere/2026', 404],
      [`/office/${cycle.jid}/1999`, 404],
    ] as const
    for (const [path, status] of refused) {
      const response = await app.request(path, { headers: { cookie } })
      expect(response.status, path).toBe(status)
      const page = bodyOf(await response.text())
      expect(page, path).toMatch(/<bdi>[^<]+<\/bdi><\/a> <span class="tag">审计员<\/span>/)
      expect(page).toContain('name="csrf"')
      expect(page).toContain('href="/office?lang=zh-CN">返回工作首页')
      expect(page).not.toContain('登录</a>')
    }
    // Where nobody looks who it is, the way leads to the pages of staff as well, which ask strangers to sign in.
    const unknown = bodyOf(await (await app.request('/office/a/b/c/d', { headers: { cookie } })).text())
    expect(unknown).toContain('href="/office?lang=zh-CN">返回工作首页')
    expect(unknown).not.toContain(email)
  })

  test('to a form that was sent, is there in the other language too', async () => {
    const cookie = await signIn(app, accountOf(cycle, 'analyst'))
    const refused = await sendForm(app, '/office/sign-out', [['csrf', 'of another session']], { headers: { cookie } })
    expect(refused.status).toBe(403)
    const [, other] = /href="([^"]*)" lang="en"/.exec(bodyOf(await refused.text()))!
    expect((await app.request(other!.replaceAll('&amp;', '&'))).status).toBe(200)
  })
})
