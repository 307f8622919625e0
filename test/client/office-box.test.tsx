import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { ApprovalsPage, type ApprovalsPageProps, type WaitingDecision } from '../../client/pages/office/approvals.tsx'
import { BoxPage, type BoxPageProps, type BoxResult } from '../../client/pages/office/box.tsx'
import { BoxKeyPage, type BoxKeyPageProps } from '../../client/pages/office/box-key.tsx'
import { SurveyPage, type SurveyPageProps } from '../../client/pages/office/survey.tsx'
import { SurveysPage } from '../../client/pages/office/surveys.tsx'
import type { Locale } from '../../surveys/questionnaire.ts'
import { hash, shell } from './office-sample.ts'

const print = '3f9c 2a71 b04e e1d8 5a6c 0f17 29b8 d443'
const name = { sid: 'leaders-2026', group: 'leaders', counted: true } as const
const line = {
  ...name,
  state: 'closed',
  mode: 'sealed',
  opens: '3 月 1 日',
  closes: '3 月 10 日',
  received: 1_234,
  expected: 2_000,
} as const
const boxKey = {
  holding: 'trustees',
  threshold: 2,
  shares: 3,
  fingerprint: print,
  rehearsed: null,
  pk: 'BAAA',
} as const
const who = '<b>周敏</b>'

const survey = (locale: Locale = 'zh-CN', changes: Partial<SurveyPageProps> = {}) => (
  <SurveyPage
    shell={shell(locale)}
    survey={{ ...line, results: '4 月', manifest: { hash, fingerprint: print }, key: boxKey }}
    isAssisted={false}
    missing={['box_key', 'two_administrators']}
    acts={[
      { act: 'box_key', hindrance: null },
      { act: 'make_ready', hindrance: 'is_missing' },
      { act: 'propose_close', hindrance: null },
    ]}
    done={null}
    problem={null}
    {...changes}
  />
)
const keyPage = (locale: Locale = 'zh-CN', changes: Partial<BoxKeyPageProps> = {}) => (
  <BoxKeyPage
    shell={shell(locale)}
    survey={name}
    stage="draft"
    boxKey={boxKey}
    rehearsal={{ survey: 'jiangzhou/leaders-2026', enc: 'BAAA', ct: 'AAAA' }}
    contactKey={null}
    done={null}
    problem={null}
    {...changes}
  />
)
const result: BoxResult = {
  issued: 20,
  spent: 18,
  valid: 15,
  invalid: 2,
  withdrawn: 1,
  heads: [{ log: 'slips', size: 31, root: hash }],
  acts: [
    { action: 'box.destroyed', actor: who, at: '3 月 11 日' },
    { action: 'box.of_the_future', actor: 'system', at: '3 月 12 日' },
  ],
}
const box = (locale: Locale = 'zh-CN', changes: Partial<BoxPageProps> = {}) => (
  <BoxPage
    shell={shell(locale)}
    survey={{ ...name, state: 'closed', mode: 'sealed', closes: '3 月 10 日' }}
    boxKey={boxKey}
    agreement="not_needed"
    opensHere
    progress={null}
    result={null}
    done={null}
    problem={null}
    {...changes}
  />
)
const waiting = (about: WaitingDecision['about'], changes: Partial<WaitingDecision> = {}): WaitingDecision => ({
  id: 'abc',
  hash,
  proposer: who,
  isOwn: false,
  proposed: '3 月 1 日',
  expires: '3 月 4 日',
  about,
  hindrance: null,
  ...changes,
})
const opening: WaitingDecision['about'] = {
  action: 'survey.open',
  survey: name,
  now: 'ready',
  mode: 'sealed',
  opens: '3 月 1 日',
  closes: '3 月 10 日',
  graceMinutes: 15,
  expected: 2_000,
  key: { kind: 'trustees', k: 2, n: 3 },
  fingerprint: print,
  text: '{"a":"<script>"}',
}
const openingOfBox: WaitingDecision['about'] = {
  action: 'box.open',
  survey: name,
  now: 'closed',
  closed: '3 月 10 日',
  manifest: hash,
}
const keyFile = { ...boxKey, holding: 'file', threshold: 1, shares: 1 } as const
const approvals = (locale: Locale = 'zh-CN', changes: Partial<ApprovalsPageProps> = {}) => (
  <ApprovalsPage
    shell={shell(locale)}
    jid="jiangzhou"
    waiting={[waiting(opening)]}
    decided={[]}
    done={null}
    problem={null}
    {...changes}
  />
)
const running = { step: 'writing', total: 1_000, done: 1_000, valid: 990, invalid: 10 } as const

const pages = (locale: Locale): [string, VNode][] => [
  ['surveys', <SurveysPage key="a" shell={shell(locale)} surveys={[line, { ...line, counted: false }]} />],
  ['survey', survey(locale)],
  ['survey, refused', survey(locale, { problem: { act: 'propose_close', kind: 'reason', reason: '<i>' } })],
  ['survey, no files', survey(locale, { problem: { act: 'propose_publish', kind: 'log_broken', reason: '' } })],
  ['key', keyPage(locale)],
  ['key, fixed', keyPage(locale, { stage: 'fixed', done: 'key_saved' })],
  ['key, own', keyPage(locale, { rehearsal: 'own_key', problem: 'own_key' })],
  ['key, no proof', keyPage(locale, { problem: 'no_proof' })],
  ['key, no point', keyPage(locale, { rehearsal: 'no_point', problem: 'no_point' })],
  ['box', box(locale)],
  ['box, not agreed', box(locale, { boxKey: keyFile, agreement: 'missing', problem: 'not_agreed' })],
  ['box, proposed', box(locale, { boxKey: keyFile, agreement: 'proposed', done: 'proposed' })],
  ['box, agreed', box(locale, { boxKey: keyFile, agreement: 'approved', problem: 'changed' })],
  ['box, running', box(locale, { progress: running })],
  ['box, failed', box(locale, { progress: { ...running, step: 'failed' }, problem: 'wrong_key' })],
  ['box, open', box(locale, { result })],
  ['approvals, box', approvals(locale, { waiting: [waiting(openingOfBox)] })],
  ['approvals', approvals(locale, { problem: { kind: 'reason', id: 'abc', reason: '<i>' } })],
]

describe.each(['zh-CN', 'en'] as const)('the pages of the desk in %s', (locale) => {
  test.each(pages(locale))(
    '%s: every place in a text is filled, and nothing of a person is taken for markup',
    (_, page) => {
      // What the script fills in travels in attributes.
      const html = renderToString(page).replace(/ data-(words|text)="[^"]*"/g, '')
      expect(html).not.toMatch(/\{\w+/)
      expect(html).not.toContain('undefined')
      expect(html).not.toMatch(/<b>周敏|<i>"|<script>/)
      expect(html.match(/<h1/g)).toHaveLength(1)
    },
  )

  test.each(pages(locale))('%s: no two elements have one id, and every label leads to a field', (_, page) => {
    const html = renderToString(page)
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, field] of html.matchAll(/<label[^>]* for="([^"]+)"/g)) expect(ids).toContain(field)
  })
})

describe('the page of a survey', () => {
  test('gives a button that is off its reason in text, and leads readers to nothing they may not do', () => {
    const html = renderToString(survey())
    expect(html).toMatch(
      /disabled aria-describedby="why-make_ready"[^>]*>生成开始清单[\s\S]*id="why-make_ready">请先补齐/,
    )
    const reader = renderToString(survey('zh-CN', { shell: shell('zh-CN', 'analyst') }))
    expect(reader).not.toContain('<ul class="acts">')
    expect(reader).toContain('至少需要两名管理员才能开启')
  })
})

describe('the page of the key of a box', () => {
  test('says who leads the rehearsal before anybody tries', () => {
    expect(renderToString(keyPage())).toContain('演练由提交公开部分以外的另一名管理员主持')
    const own = renderToString(keyPage('zh-CN', { rehearsal: 'own_key' }))
    expect(own).toContain('这把钥匙的公开部分是您提交的，演练须由另一名管理员登录主持')
    expect(own).not.toContain('data-box="rehearsal"')
  })
})

describe('the page on which a box is opened', () => {
  test('has no button to open one whose key is a file before two have agreed', () => {
    const opens = (html: string) => html.includes('/box/open')
    for (const agreement of ['missing', 'proposed'] as const) {
      const html = renderToString(box('zh-CN', { boxKey: keyFile, agreement }))
      expect([opens(html), html.includes('开箱须两名管理员同意'), html.includes('/box/propose')]).toEqual([
        false,
        true,
        agreement === 'missing',
      ])
    }
    for (const agreement of ['approved', 'not_needed'] as const)
      expect(opens(renderToString(box('zh-CN', { boxKey: keyFile, agreement }))), agreement).toBe(true)
  })
})

describe('the page of the approvals', () => {
  test('has no button to approve one’s own request, or one whose content has changed', () => {
    const own = renderToString(approvals('zh-CN', { waiting: [waiting(opening, { isOwn: true })] }))
    expect(own).toMatch(/value="approve" disabled/)
    expect(own).toContain('不能批准自己提出的申请')
    expect(own).toContain('value="withdraw"')
    const changed = renderToString(approvals('zh-CN', { waiting: [waiting(opening, { hindrance: 'changed' })] }))
    expect(changed).not.toContain('value="approve"')
    expect(changed).toContain('内容已变化，请重新提出')
    expect(changed).toContain('value="return"')
  })

  test('says of a box what one person could do, and that it opens once', () => {
    const html = renderToString(approvals('zh-CN', { waiting: [waiting(openingOfBox)] }))
    for (const said of ['一个人就能用它，所以开箱须两名管理员同意', '可以开，仅此一次', '3 月 10 日', hash])
      expect(html, said).toContain(said)
  })

  test('leads to the screening for what is decided there', () => {
    const about = { action: 'slips.quarantine', survey: name, screening: '2026' } as const
    const html = renderToString(approvals('zh-CN', { waiting: [waiting(about)] }))
    expect(html).toContain('href="/office/jiangzhou/2026/screening?lang=zh-CN"')
    expect(html).not.toContain('/approvals/decide')
  })
})

describe('the page of an opened box', () => {
  const said = (changes: Partial<BoxResult>) => renderToString(box('zh-CN', { result: { ...result, ...changes } }))

  test('says the sum that everybody can do again', () => {
    // 15 + 2 + 1 = 18, and 18 of 20 who drew a ticket.
    expect(said({})).toContain('发出凭证 20 ≥ 投入 18 = 有效 15 + 无效 2 + 撤回 1。')
  })

  test('says so when it does not come out', () => {
    for (const wrong of [{ valid: 16 }, { spent: 21, valid: 18 }, { withdrawn: null }])
      expect(said(wrong), JSON.stringify(wrong)).toContain('数量对不上')
  })

  test('says that nothing was opened where too few had answered', () => {
    const html = said({ valid: null, invalid: null, withdrawn: null })
    expect(html).toContain('答卷太少，没有开箱')
    expect(html).not.toContain('数量对不上')
  })

  test('says so while keys and envelopes are not all destroyed', () => {
    expect(said({})).not.toContain('还没有销毁完')
    expect(said({ acts: [] })).toContain('还没有销毁完')
  })

  test('names what was done with the key, and leaves unknown acts as the audit names them', () => {
    expect(said({})).toContain('钥匙销毁')
    expect(said({})).toContain('<code>box.of_the_future</code>')
  })
})
