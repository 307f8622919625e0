import { describe, expect, test } from 'vitest'
import { respondMessages } from '../../client/messages/respond.ts'
import { carry, patterns, urls } from '../../client/urls.ts'
import {
  attributes,
  chooseProps,
  everyPage,
  form,
  formProps,
  head,
  locales,
  renderChoose,
  renderCode,
  renderDone,
  renderForm,
  renderIndex,
  renderOpen,
  renderStart,
  renderVerify,
  textOf,
  view,
} from './respond-fixtures.tsx'

describe.each(locales)('every respondent page in %s', (locale) => {
  const pages = everyPage(locale)

  test('leaves no place in a text open and shows nothing undefined', () => {
    for (const { name, title, html } of pages) {
      expect(`${title} ${textOf(html)}`, name).not.toMatch(/\{\w+\}|undefined|\[object|NaN/)
    }
  })

  test('carries no style attribute, no inline handler and no foreign address', () => {
    for (const { name, html } of pages) {
      expect(html, name).not.toMatch(/<[^>]*\s(style|on\w+)=/)
      expect(html, name).not.toMatch(/(src|href|action)="(https?:)?\/\//)
    }
  })

  test('has one h1 and one main part, and a way past the bar', () => {
    for (const { name, html } of pages) {
      expect(html.match(/<h1/g), name).toHaveLength(1)
      expect(html.match(/<main/g), name).toHaveLength(1)
      expect(html, name).toContain('<a class="skip" href="#main">')
    }
  })

  test('gives each id once, and what is described, labelled or linked to exists', () => {
    for (const { name, html } of pages) {
      const ids = attributes(html, 'id')
      expect(new Set(ids).size, name).toBe(ids.length)
      const known = new Set(ids)
      const named = ['for', 'form', 'aria-describedby', 'aria-labelledby'].flatMap((attribute) =>
        attributes(html, attribute),
      )
      const wanted = named.flatMap((list) => list.split(' ')).filter(Boolean)
      const linked = attributes(html, 'href').filter((href) => href.startsWith('#'))
      for (const id of [...wanted, ...linked.map((href) => href.slice(1))])
        expect(known.has(id), `${name}: ${id}`).toBe(true)
    }
  })

  test('puts back, text size and language in this order before the content', () => {
    for (const { name, html } of pages) {
      const size = html.indexOf('<details class="size">')
      const language = html.indexOf('data-language')
      const back = html.search(/class="(back|brand)"/)
      expect(back, name).toBeGreaterThan(0)
      expect(size, name).toBeGreaterThan(back)
      expect(language, name).toBeGreaterThan(size)
      expect(html.indexOf('<main'), name).toBeGreaterThan(language)
    }
  })

  test('says "Error:" first in the title of a page with a problem', () => {
    for (const { name, title, html } of pages) {
      if (html.includes('id="errors"')) expect(title, name).toMatch(/^(错误：|Error: )/)
    }
  })

  test('shows that demonstration data are invented', () => {
    for (const { name, html } of pages) expect(textOf(html), name).toContain(respondMessages(locale).demo)
  })

  test('gives every choice, field and group a name', () => {
    for (const { name, html } of pages) {
      expect(html.match(/<fieldset/g)?.length ?? 0, name).toBe(html.match(/<legend/g)?.length ?? 0)
      const free = html.replace(/<label class="opt"[\s\S]*?<\/label>/g, '')
      const labelled = new Set(attributes(free, 'for'))
      for (const [input] of free.matchAll(/<(?:input|textarea)[^>]*>/g)) {
        if (!input.includes('type="hidden"'))
          expect(labelled.has(attributes(input, 'id')[0] ?? ''), `${name}: ${input}`).toBe(true)
      }
    }
  })
})

describe('language and text size', () => {
  test('stay in every link of a page that was asked for with them', () => {
    const { html } = renderStart('en', 'leaders', { size: 'elder', channel: 'poster1' })
    const hrefs = attributes(html, 'href').filter((href) => href.startsWith('/'))
    for (const href of hrefs) expect(href).toContain('lang=')
    expect(hrefs).toContain('/s/jiangzhou/leaders-2025?lang=zh-CN&amp;size=elder&amp;ch=poster1')
    expect(hrefs).toContain('/s/jiangzhou/leaders-2025?lang=en&amp;size=max&amp;ch=poster1')
    expect(hrefs).toContain('/r?lang=en&amp;size=elder&amp;ch=poster1')
  })

  test('change by sending the form where the page came by a form, so that nothing typed is lost', () => {
    const { html } = renderChoose(chooseProps('zh-CN'))
    expect(html).toMatch(
      /<button[^>]*form="f"[^>]*formaction="\/s\/jiangzhou\/public-2025\/form\?lang=en"[^>]*name="show" value="choose"/,
    )
  })

  test('the other language’s button is marked with its language', () => {
    expect(renderCode('zh-CN').html).toMatch(/lang="en"[^>]*data-language[^>]*>English</)
    expect(renderCode('en').html).toMatch(/lang="zh-CN"[^>]*data-language[^>]*>中文</)
  })

  test('carry adds what is set, behind what stands there already', () => {
    expect(carry('/r', { locale: 'en', size: 'max' })).toBe('/r?lang=en&size=max')
    expect(carry('/done?t=1', { locale: 'zh-CN', channel: 'a b' })).toBe('/done?t=1&lang=zh-CN&ch=a%20b')
  })
})

const openEntry = {
  sid: 'public-2025',
  title: '群众',
  closesOn: '12月31日',
  minutes: 2,
  entry: 'start' as const,
  counted: true,
}

describe('index', () => {
  test('leads to open surveys and to published results', () => {
    const open = [openEntry]
    const finished = [{ cycle: '2024', title: '2024年度评估', publishedOn: '2025年3月1日' }]
    const { html } = renderIndex({
      ...view('zh-CN'),
      jurisdictions: [{ jid: 'yunhu', name: '云湖市', open, closed: [], finished }],
    })
    expect(html).toContain('href="/s/yunhu/public-2025?lang=zh-CN"')
    expect(html).toContain('href="/results/yunhu/2024?lang=zh-CN"')
    expect(textOf(html)).toContain('约 2 分钟，12月31日 截止')
    expect(textOf(html)).toContain('2024年度评估：满意度测评结果')
  })

  test('gives the open channel a name of its own and the last place, and says that it is not scored', () => {
    const open = [{ ...openEntry, sid: 'open-2025', counted: false }, openEntry]
    const { html } = renderIndex({
      ...view('zh-CN'),
      jurisdictions: [{ jid: 'yunhu', name: '云湖市', open, closed: [], finished: [] }],
    })
    const words = textOf(html)
    expect(words.split('群众')).toHaveLength(2)
    expect(words.indexOf('开放渠道留言')).toBeGreaterThan(words.indexOf('群众'))
    expect(words).toContain('不核验身份，不计入得分')
  })

  test('without open surveys says so and still offers the code field', () => {
    const { html } = renderIndex({ ...view('zh-CN'), jurisdictions: [] })
    expect(textOf(html)).toContain('现在没有正在进行的测评')
    expect(html).toContain('href="/r?lang=zh-CN"')
  })
})

describe('code', () => {
  test('is sent in a body, never in an address', () => {
    const { html } = renderCode('zh-CN')
    expect(html).toMatch(/<form method="post" action="\/r\?lang=zh-CN"/)
    expect(html).toMatch(/<input[^>]*name="code"[^>]*autocomplete="off"|<input[^>]*autocomplete="off"[^>]*name="code"/)
  })

  test('is sent on with the channel that led here', () => {
    expect(renderCode('en', undefined, 'hall26').html).toContain('action="/r?lang=en&amp;ch=hall26"')
    expect(renderCode('en', 'malformed', '" ><b>').html).toContain('action="/r?lang=en&amp;ch=%22%20%3E%3Cb%3E"')
  })

  test('comes back with what was typed and what to do', () => {
    const { html } = renderCode('zh-CN', 'malformed')
    expect(html).toContain('value="ABCD"')
    expect(textOf(html)).toContain('有一处需要修改')
    expect(html).toContain('<a href="#code">测评码是 16 位字母和数字，请核对后重新输入</a>')
  })
})

describe('start', () => {
  test('tells time, verification, share, protection and closing before anything is asked', () => {
    const text = textOf(renderStart('zh-CN', 'public').html)
    for (const words of [
      '约 2 分钟',
      '用手机号核验一次',
      '占满意度得分的 40%',
      '保密，但对系统运维方并非匿名',
      '2025-12-31',
    ]) {
      expect(text).toContain(words)
    }
  })

  test('shows three points of the notice and folds the others, and links to the privacy page', () => {
    const { html } = renderStart('zh-CN', 'public')
    const notice = html.slice(html.indexOf('class="notice"'))
    const visible = notice.slice(0, notice.indexOf('<details'))
    expect(visible.match(/<li>/g)).toHaveLength(3)
    expect(notice.slice(notice.indexOf('<details'), notice.indexOf('</details>')).match(/<li>/g)).toHaveLength(2)
    expect(html).toContain('/s/jiangzhou/public-2025/privacy?')
  })

  test('asks citizens for a phone number and sends holders of a code to the code field', () => {
    expect(renderStart('zh-CN', 'public').html).toMatch(/action="\/s\/jiangzhou\/public-2025\/sms\/send\?lang=zh-CN"/)
    for (const group of ['leaders', 'recipients'] as const) {
      const { html } = renderStart('zh-CN', group)
      expect(html).not.toContain('name="phone"')
      expect(html).toMatch(/<a class="btn" href="\/r\?lang=zh-CN"/)
    }
  })
})

describe('verification', () => {
  test('says how often a code can be sent, whether or not one was sent now', () => {
    const { html } = renderVerify('zh-CN', { step: 'code', phone: '13800001234' })
    expect(textOf(html)).toMatch(/重新获取验证码 每分钟可以获取一次，每天最多五次。/)
  })

  test('shows only the end of the number and offers to send a new code', () => {
    const { html } = renderVerify('zh-CN', { step: 'code', phone: '13800001234', problem: { code: 'wrong' } })
    expect(textOf(html)).not.toContain('13800001234')
    expect(textOf(html)).toContain('尾号 1234')
    expect(html).toMatch(/sms\/send[\s\S]*重新获取验证码/)
    expect(html).toContain('autocomplete="one-time-code"')
  })
})

describe('open channel', () => {
  test('says above everything that identity is not checked and nothing is scored', () => {
    const text = textOf(renderOpen('zh-CN').html)
    expect(text.indexOf('开放渠道：未核验身份，单独公布，不计入得分')).toBeLessThan(text.indexOf('群众满意度测评'))
    expect(text).not.toContain('占满意度得分的')
  })
})

describe('choice of organs', () => {
  test('keeps what was chosen, in check boxes below headings in the given order', () => {
    const { html } = renderChoose(chooseProps('zh-CN', { chosen: ['organ-2'] }))
    expect(html.match(/<input[^>]*name="o"[^>]*>/g)).toHaveLength(5)
    expect(html.match(/<input[^>]*checked[^>]*>/g)).toHaveLength(1)
    expect(attributes(html, 'value').filter((value) => value.startsWith('organ-'))).toEqual(
      [1, 2, 3, 4, 5].map((n) => `organ-${n}`),
    )
  })

  test('hides the search field until script gives it a use', () => {
    expect(renderChoose(chooseProps('zh-CN')).html).toMatch(/<div[^>]*id="search"[^>]*hidden/)
  })

  test('says what is wrong: nothing, or too many', () => {
    expect(textOf(renderChoose(chooseProps('en', { problem: 'none' })).html)).toContain('Choose at least one')
    expect(textOf(renderChoose(chooseProps('en', { problem: 'too_many' })).html)).toContain(
      'At most 3; remove one first',
    )
  })
})

describe('receipt', () => {
  test('proves that a response arrived and says nothing of what was chosen', () => {
    for (const locale of locales) {
      const text = textOf(renderDone(locale).html)
      for (const { options } of form('public').scales) {
        // “Satisfied” alone would also match the survey's title; the whole levels do not occur.
        for (const { label } of options)
          expect(text.replaceAll(form('public').title[locale], '')).not.toContain(label[locale])
      }
      // The first ten bytes a7 76 64 f5 f4 26 d8 bc 17 cb in groups of five bits, by hand.
      expect(text).toContain('MXV6-9XFM-4VCB-R5YB')
    }
    expect(textOf(renderDone('zh-CN').html)).toContain('查不到您选了什么')
  })

  test('gives the questionnaire’s own thanks in full, and the shipped ones repeat nothing of the heading', () => {
    for (const locale of locales) {
      const { doneTitle } = respondMessages(locale)
      const own = 'One. Two! 三。四！Five'
      expect(textOf(renderDone(locale, true, own).html)).toContain(`${doneTitle} ${own}`)
      for (const group of ['leaders', 'recipients', 'public'] as const)
        expect(form(group).thanks[locale]).not.toMatch(/谢|已提交|thank|submitted/i)
    }
  })

  test('tells what comes next and whom to call', () => {
    const text = textOf(renderDone('zh-CN').html)
    expect(text).toContain('结果预计 2026-03-01 公布')
    expect(text).toContain('025-8888-0000')
  })

  test('of the open channel says that it is not scored', () => {
    expect(textOf(renderDone('zh-CN', false).html)).toContain('不计入得分')
    expect(textOf(renderDone('zh-CN').html)).not.toContain('不计入得分')
  })

  test('of the open channel follows the same words on every page before it', () => {
    const survey = { ...head('zh-CN', 'public'), counted: false }
    const banner = '开放渠道：未核验身份，单独公布，不计入得分'
    for (const counted of [true, false]) {
      const told = { survey: { ...survey, counted } }
      expect(textOf(renderChoose(chooseProps('zh-CN', told)).html).includes(banner)).toBe(!counted)
      expect(textOf(renderForm(formProps('zh-CN', 'public', told)).html).includes(banner)).toBe(!counted)
    }
  })
})

describe('paths', () => {
  test('every builder gives a path that its pattern takes', () => {
    const built: Record<string, string> = {
      ...{
        index: urls.index(),
        code: urls.code(),
        channel: urls.channel('poster1'),
        start: urls.start('yunhu', 'public-2025'),
      },
      ...{ privacy: urls.privacy('a', 'b'), smsSend: urls.smsSend('a', 'b'), smsCheck: urls.smsCheck('a', 'b') },
      ...{
        form: urls.form('a', 'b'),
        answer: urls.answer('a', 'b'),
        done: urls.done('a', 'b', 't', 'g').split('?')[0]!,
      },
      ...{ openChallenge: urls.openChallenge('a', 'b'), open: urls.open('a', 'b'), results: urls.results('a', '2025') },
      ...{
        manifest: urls.manifest('0'.repeat(64)),
        method: urls.method(),
        office: urls.office(),
        signIn: urls.signIn(),
      },
      ...{
        signOut: urls.signOut(),
        dashboard: urls.dashboard('a', '2025'),
        organScores: urls.organScores('a', '2025', 'o'),
      },
      ...{ scoresCsv: urls.scoresCsv('a', '2025'), setup: urls.setup(), asset: urls.asset('x.js') },
    }
    for (const [name, path] of Object.entries(built)) {
      const pattern = patterns[name as keyof typeof patterns]
      const shape = pattern.replace(/:\w+\{(.*)\}/, '$1').replace(/:\w+/g, '[^/]+')
      expect(path, name).toMatch(new RegExp(`^${shape}$`))
    }
  })
})
