import { describe, expect, test } from 'vitest'
import { facts, locales, renderPrivacy, renderState, states, textOf } from './respond-fixtures.tsx'

describe('states', () => {
  test('each has a heading, a sentence and exactly one action', () => {
    for (const locale of locales) {
      for (const state of states) {
        const { name, html } = renderState(locale, state)
        expect(html.match(/class="btn"/g), name).toHaveLength(1)
        expect(html.match(/<h1>[^<]+<\/h1><p class="lead">[^<]+<\/p>/), name).not.toBeNull()
      }
    }
  })

  test('tell the next step in the respondent’s terms', () => {
    const text = (state: (typeof states)[number]) => textOf(renderState('zh-CN', state).html)
    expect(text({ code: 'spent', mode: 'live', phone: '12345' })).toContain('如不是您本人提交，请拨打 12345')
    expect(text({ code: 'spent', mode: 'live', phone: '12345' })).not.toContain('那台设备')
    expect(text({ code: 'spent', mode: 'sealed', phone: '12345' })).toContain('要更改，请用提交时的那台设备')
    expect(text({ code: 'closed_while_answering' })).toContain('您的评价没有计入')
    expect(text({ code: 'too_many_requests', seconds: 30 })).toContain('请等 30 秒再试')
    expect(text({ code: 'not_eligible', openSid: 'open' })).toContain('去留言')
    expect(text({ code: 'too_many_requests', seconds: 121 })).toContain('请等 3 分钟再试')
    expect(text({ code: 'too_many_requests', seconds: 50_000 })).toContain('请等 14 小时再试')
    expect(textOf(renderState('en', { code: 'too_many_requests', seconds: 1 }).html)).toContain('Wait 1 second.')
    const notSent = text({ code: 'try_again', reference: 'abc', isAnswer: true })
    expect(notSent).toMatch(/没有提交成功 .*请刷新这一页.*编号 abc/)
    const notDone = text({ code: 'try_again', reference: 'abc', isAnswer: false })
    expect(notDone).toMatch(/这一步没有完成 .*请稍等，再试一次.*编号 abc/)
    // What the server cannot know it does not say, and somebody who has answered nothing has sent nothing.
    expect(notSent).not.toContain('本机')
    expect(notDone).not.toMatch(/提交|本机/)
    const reading = renderState('zh-CN', { code: 'try_again', reference: 'abc', reading: '/method' })
    expect(textOf(reading.html)).toContain('页面暂时打不开')
    expect(textOf(reading.html)).not.toMatch(/提交|本机/)
    expect(reading.html).toContain('<a class="btn" href="/method?lang=zh-CN">')
    const earlier = { jid: 'jiangzhou', cycle: '2024' }
    expect(text({ code: 'closed', resultsOn: '3月1日', earlier })).toMatch(/结果将于 3月1日.*查看往年结果/)
    expect(text({ code: 'closed', resultsOn: '3月1日' })).toMatch(/结果将于 3月1日.*返回首页/)
    expect(text({ code: 'closed', published: earlier })).toMatch(/结果已公布。 ?.*查看结果/)
  })

  test('of an unknown code tell nothing about any survey', () => {
    const { html } = renderState('zh-CN', { code: 'unknown' }, null)
    expect(html).not.toContain('/s/')
    expect(html).toContain('href="/r?lang=zh-CN"')
  })
})

describe('privacy', () => {
  test('says only what holds for this configuration', () => {
    const live = textOf(renderPrivacy('zh-CN', facts('sms')).html)
    expect(live).toContain('保密，但对系统运维方并非匿名')
    expect(live).toContain('手机号（身份）只用于确认每人一次')
    expect(live).toContain('提交后不能更改或撤回')
    expect(live).not.toContain('密封')
    const sealed = textOf(renderPrivacy('zh-CN', facts('roster', 'sealed')).html)
    expect(sealed).toContain('密封：开箱前任何人（包括承办单位）看不到您的答案')
    expect(sealed).toContain('截止前可以更改或撤回')
    expect(sealed).not.toContain('手机号（身份）')
    expect(sealed).not.toContain('对系统运维方并非匿名')
  })

  test('names the minimum, the network log, the limits of the promise and the phone', () => {
    const text = textOf(renderPrivacy('en', facts('receipt')).html)
    expect(text).toContain('fewer than 10 people')
    expect(text).toContain('at least six months')
    expect(text).toContain('might connect the two')
    expect(text).toContain('025-8888-0000')
  })
})
