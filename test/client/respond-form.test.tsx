import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { respondMessages } from '../../client/messages/respond.ts'
import { problemText } from '../../client/pages/respond/problem-text.ts'
import type { Questionnaire } from '../../surveys/questionnaire.ts'
import { attributes, form, formProps, locales, organs, renderForm, textOf } from './respond-fixtures.tsx'

const groups = ['leaders', 'recipients', 'public'] as const
const missing = { field: 'q.organ-1.overall', code: 'required', organ: 'organ-1', question: 'overall' } as const

describe('the form without script', () => {
  test('sends to one address, recipients after one answer as well, with the hidden fields in one place at its start', () => {
    for (const group of groups) {
      const { html } = renderForm(formProps('zh-CN', group))
      const form = html.slice(html.indexOf('<form'), html.indexOf('</form>'))
      expect(form).toContain(`action="/s/jiangzhou/${group}-2025/answer?lang=zh-CN"`)
      expect(form.match(/type="submit"/g)).toHaveLength(group === 'recipients' ? 2 : 1)
      expect(form).not.toContain('formaction')
      expect(html.split('HIDDENFIELDS')).toHaveLength(2)
      expect(form.indexOf('HIDDENFIELDS')).toBe(form.indexOf('>') + 1)
    }
  })

  test('Enter in a field presses a button that goes on, not one of the bar', () => {
    for (const group of groups) {
      const { html } = renderForm(formProps('zh-CN', group))
      const first = /<button[^>]*form="f"[^>]*>/.exec(html)?.[0] ?? ''
      expect(first).toContain('type="submit"')
      expect(first).not.toContain('formaction')
    }
  })

  test('asks with native radios in named groups and selects nothing beforehand', () => {
    for (const group of groups) {
      const { html } = renderForm(formProps('zh-CN', group))
      expect(html).not.toMatch(/<input[^>]*\schecked/)
      expect(html).toMatch(/<fieldset[^>]*><legend>/)
      expect(html).not.toContain('<table class="matrix"')
    }
  })

  test('tells a word set right above the questions, and other changes only where somebody begins', () => {
    const change = { before: '旧', after: '新', note: '说明', on: '2025年12月1日' }
    const amendments = (['wording', 'closes'] as const).map((term) => ({ ...change, term }))
    const partsOf = (group: (typeof groups)[number]) => {
      const props = formProps('zh-CN', group)
      const { html } = renderForm({ ...props, survey: { ...props.survey, amendments } })
      const at = html.indexOf('<form')
      return [html.slice(0, at), html.slice(at)].map((part) =>
        [...part.matchAll(/截止时间由旧改为新|“旧”应为“新”/g)].map(([text]) => text),
      )
    }
    expect(partsOf('public')).toEqual([['“旧”应为“新”'], []])
    for (const group of ['leaders', 'recipients'] as const)
      expect(partsOf(group)).toEqual([['“旧”应为“新”'], ['截止时间由旧改为新']])
  })

  test('shows every question, whatever was answered', () => {
    for (const group of groups) {
      const { html } = renderForm(formProps('zh-CN', group))
      expect(html).not.toMatch(/<fieldset[^>]*\shidden/)
      expect(textOf(html)).toContain('您不满意的主要原因是什么？')
    }
  })

  test('offers the levels best to worst and, behind a divider, not knowing', () => {
    const { html } = renderForm(formProps('zh-CN', 'recipients'))
    const values = Array.from(html.matchAll(/name="q\.organ-1\.overall" value="(\d)"/g), (match) => match[1])
    expect(values).toEqual(['5', '4', '3', '2', '1', '0'])
    expect(html).toMatch(/<hr class="sep"\/?><label class="opt"><input[^>]*value="0"[^>]*\/?>不了解 \/ 说不清/)
  })

  test('asks about one organ only in detail, and about the person only once', () => {
    const { html } = renderForm(formProps('zh-CN', 'public'))
    expect(html).toContain('name="q.organ-1.efficiency"')
    expect(html).not.toContain('name="q.organ-2.efficiency"')
    expect(html).toContain('name="q.organ-3.overall"')
    const ages = Array.from(html.matchAll(/name="m\.age" value="(\w+)"/g), (match) => match[1])
    expect(ages.length).toBe(new Set(ages).size)
    expect(ages.length).toBeGreaterThan(1)
  })

  test('says before sending that a live response is final', () => {
    for (const group of groups) {
      const text = textOf(renderForm(formProps('zh-CN', group)).html)
      expect(text).toContain('提交后不能更改或撤回')
    }
  })

  test('tells those who come by a code what everyone must know, before the first question', () => {
    for (const group of ['leaders', 'recipients'] as const) {
      const { html } = renderForm(formProps('zh-CN', group))
      const before = textOf(html.slice(0, html.indexOf('type="radio"')))
      expect(before).toContain('保密，但对系统运维方并非匿名')
      expect(before).toContain('任何人不得索要答案或截图')
    }
  })

  test('tells service recipients that nobody may tell them what to choose', () => {
    expect(textOf(renderForm(formProps('zh-CN', 'recipients')).html)).toContain(
      '请您本人评价，任何人不得要求您怎么选。投诉电话 025-8888-0000',
    )
  })
})

describe('a form with problems', () => {
  test('comes back with the summary above, the question marked and its line leading to the first option', () => {
    const { html, title } = renderForm(formProps('zh-CN', 'public', { problems: [missing] }))
    expect(title).toBe('错误：群众满意度测评')
    const words = '请选择您对第1局的总体满意程度；不了解可以选“不了解 / 说不清”'
    expect(html).toContain(`<a href="#q.organ-1.overall">${words}</a>`)
    expect(html).toContain(`<p class="msg" id="e.q.organ-1.overall">${words}</p>`)
    expect(html).toMatch(/<fieldset[^>]*aria-describedby="h\.q\.organ-1\.overall e\.q\.organ-1\.overall"/)
    expect(html.indexOf('id="errors"')).toBeLessThan(html.indexOf('<h1'))
  })

  test('counts the problems', () => {
    const problems = [missing, { ...missing, field: 'q.organ-2.overall', organ: 'organ-2' }]
    expect(textOf(renderForm(formProps('zh-CN', 'public', { problems })).html)).toContain('有 2 处需要修改')
    expect(textOf(renderForm(formProps('en', 'public', { problems })).html)).toContain('2 problems')
  })

  test('keeps every answer and every word', () => {
    const values = new Map([
      ['q.organ-1.overall', ['2']],
      ['q.organ-1.why', ['slow', 'rude']],
      ['c.organ-1', ['等了 <3 小时> & "没人"']],
      ['m.age', ['age60']],
    ])
    const { html } = renderForm(
      formProps('zh-CN', 'public', {
        values,
        problems: [{ ...missing, field: 'q.organ-2.overall', organ: 'organ-2' }],
      }),
    )
    const checked = Array.from(
      html.matchAll(/<input[^>]*name="([^"]*)" value="([^"]*)"[^>]*\schecked/g),
      (match) => `${match[1]}=${match[2]}`,
    )
    expect(checked).toEqual(['q.organ-1.overall=2', 'q.organ-1.why=slow', 'q.organ-1.why=rude', 'm.age=age60'])
    expect(html).toMatch(/<textarea[^>]*>等了 &lt;3 小时> &amp; (&quot;|")没人(&quot;|")<\/textarea>/)
  })

  test('leads to the form itself where a problem belongs to no field of this page', () => {
    const problems = [
      { field: 'q.other.overall', code: 'unknown_field' },
      { field: 'organs', code: 'too_many' },
    ] as const
    const { html } = renderForm(formProps('zh-CN', 'public', { problems }))
    expect(attributes(html, 'href').filter((href) => href === '#f')).toHaveLength(2)
  })

  test('says of comments that are too long together what all of them may have', () => {
    const problems = [{ field: 'c.organ-3', code: 'too_long_together', organ: 'organ-3' }] as const
    for (const [locale, words] of [
      ['zh-CN', '全部意见合计最多 6000 字'],
      ['en', 'All comments together: at most 6000 characters'],
    ] as const) {
      const { html } = renderForm(formProps(locale, 'public', { problems }))
      expect(html).toContain(`<a href="#c.organ-3">${words}`)
      expect(textOf(html)).not.toContain('c.organ-3')
    }
  })

  test('describes a comment by what stands on the page, with or without a hint', () => {
    const problems = [{ field: 'c.organ-1', code: 'not_text', organ: 'organ-1', question: 'comment' }] as const
    const shipped = form('public')
    const pages = shipped.pages.map((page) => ({
      ...page,
      questions: page.questions.map((each) => (each.type === 'text' ? { ...each, hint: undefined } : each)),
    }))
    for (const [questionnaire, described] of [
      [shipped, 'h.c.organ-1 e.c.organ-1'],
      [{ ...shipped, pages } as Questionnaire, 'e.c.organ-1'],
    ] as const) {
      const { html } = renderForm(formProps('zh-CN', 'public', { questionnaire, problems }))
      const text = /<textarea[^>]*name="c\.organ-1"[^>]*>/.exec(html)![0]
      expect(attributes(text, 'aria-describedby')).toEqual([described])
      for (const id of described.split(' ')) expect(html).toContain(`id="${id}"`)
    }
  })

  test('says after a failure of ours that nothing was sent, with its name', () => {
    const { html, title } = renderForm(formProps('zh-CN', 'recipients', { notSent: { reference: 'k7m2' } }))
    expect(textOf(html)).toContain('请再按一次“提交”')
    expect(textOf(html)).toContain('编号 k7m2')
    expect(title).toMatch(/^错误：/)
  })

  test('has words for every code, in both languages, also for a code of a later server', () => {
    const codes = [
      'required',
      'unknown_field',
      'unknown_option',
      'repeated',
      'too_many',
      'too_long',
      'too_long_together',
      'not_text',
      'nothing_answered',
      'later',
    ]
    for (const locale of locales) {
      for (const code of codes) {
        const text = problemText(respondMessages(locale), { code, organ: 'A', question: 'Q', overall: false, max: 3 })
        expect(text, code).not.toMatch(/\{|undefined/)
      }
    }
  })
})

describe('names typed by officers', () => {
  test('are fenced off, so that they can neither turn the line nor become markup', () => {
    const list = [{ code: 'x', name: '\u202eevil <b>局</b>' }]
    const { html } = renderForm(formProps('zh-CN', 'public', { organs: list, detailFor: 'x' }))
    expect(html).not.toContain('<b>')
    for (const match of html.matchAll(/\u202e/g)) expect(html.slice(match.index - 5, match.index)).toBe('<bdi>')
  })
})

describe('the form for leaders', () => {
  const { html } = renderForm(formProps('zh-CN', 'leaders'))

  test('is one document about every organ', () => {
    expect(html.match(/data-overall/g)).toHaveLength(68)
    // Seven ratings with six levels each: 68 × 7 × 6 = 2,856 circles.
    expect(html.match(/type="radio"/g)).toHaveLength(2_856)
    expect(textOf(html)).toContain('请对 68 个单位逐一评价')
  })

  test('stays light on a slow line: below 45 kB compressed', () => {
    expect(gzipSync(html).length).toBeLessThan(45_000)
  })

  test('without script asks to finish in one sitting, and never speaks of saving', () => {
    expect(textOf(html)).toContain('请一次完成')
    const plain = html.replace(/<(p|div|section)[^>]*class="[^"]*paged-only[^"]*"[\s\S]*?<\/\1>/g, '')
    expect(textOf(plain)).not.toContain('保存在本机')
  })

  test('offers no way to rate several organs at once', () => {
    expect(html.match(/data-go="same"/g)).toHaveLength(1)
    expect(organs('zh-CN', 68)).toHaveLength(68)
  })
})
