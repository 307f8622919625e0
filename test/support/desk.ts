import type { TestApp } from './app.ts'
import { bodyOf, sendForm } from './respondent.ts'

/** Somebody of the office at their desk: pages as they see them, and forms as their browser sends them. */
export interface Desk {
  page(path: string, locale?: 'zh-CN' | 'en'): Promise<{ status: number; body: string }>
  /** With the token of the session. */
  post(
    path: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<{ status: number; location: string; body: string; referrer: string }>
}

export function deskOf(app: TestApp, cookie: string): Desk {
  return {
    async page(path, locale = 'zh-CN') {
      const response = await app.request(`${path}?lang=${locale}`, { headers: { cookie } })
      return { status: response.status, body: bodyOf(await response.text()) }
    },
    async post(path, fields, headers = {}) {
      const home = await (await app.request('/office', { headers: { cookie } })).text()
      const csrf = /name="csrf" value="([^"]+)"/.exec(home)?.[1] ?? ''
      const response = await sendForm(app, `${path}?lang=zh-CN`, Object.entries({ csrf, ...fields }), {
        headers: { cookie, ...headers },
      })
      const location = response.headers.get('location') ?? ''
      const referrer = response.headers.get('referrer-policy') ?? ''
      return { status: response.status, location, referrer, body: bodyOf(await response.text()) }
    },
  }
}

/** The hidden fields, but for the token, of the first form of a page that goes to such an address and holds a text. */
export function hiddenOf(body: string, address: string, holding = ''): Record<string, string> {
  const forms = body.match(/<form\b[\s\S]*?<\/form>/g) ?? []
  const own = forms.find((html) => html.includes(address) && html.includes(holding)) ?? ''
  const hidden = [...own.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  const plain = (value: string) => value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
  return Object.fromEntries(
    hidden.filter(([, name]) => name !== 'csrf').map(([, name, value]) => [name!, plain(value!)]),
  )
}
