import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { DashboardPage } from '../../client/pages/office/dashboard.tsx'
import { OfficeHomePage } from '../../client/pages/office/home.tsx'
import { OrganPage } from '../../client/pages/office/organ.tsx'
import { ForbiddenPage, NotFoundPage, ProblemPage } from '../../client/pages/office/problem.tsx'
import { SetupPage, type SetupPageProps, setupFields } from '../../client/pages/office/setup.tsx'
import { SignInPage, type SignInPageProps } from '../../client/pages/office/sign-in.tsx'
import { MethodPage } from '../../client/pages/results/method.tsx'
import { ResultsPage } from '../../client/pages/results/results.tsx'
import { menuOf, type StaffRole } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { dashboard, openDashboard, organ, results, shell } from './office-sample.ts'

const signIn = (changes: Partial<SignInPageProps> = {}): SignInPageProps => ({
  shell: { ...shell('zh-CN', null), place: null },
  next: '/office/jiangzhou/2025',
  email: 'zhou@example.org',
  problem: null,
  retryAfterSeconds: null,
  signOn: null,
  demoAccounts: [],
  ...changes,
})

const setup = (changes: Partial<SetupPageProps> = {}): SetupPageProps => ({
  shell: { ...shell('zh-CN', null), place: null, demo: false },
  values: {},
  problems: [],
  ...changes,
})

/** Every page of the two faces, in one language. */
function allPages(locale: Locale): [string, VNode][] {
  const own = shell(locale)
  return [
    ['overview', <DashboardPage key="d" {...dashboard({ shell: own })} />],
    ['overview during fieldwork', <DashboardPage key="o" {...openDashboard()} shell={own} />],
    ['organ', <OrganPage key="g" {...organ({ shell: own })} />],
    ['sign-in', <SignInPage key="s" {...signIn({ shell: own, problem: 'refused' })} />],
    ['signed out', <SignInPage key="u" {...signIn({ shell: own, problem: 'signed_out' })} />],
    [
      'set-up',
      <SetupPage key="t" {...setup({ shell: own, problems: [{ field: 'adminEmail', problem: 'required' }] })} />,
    ],
    ['cycles', <OfficeHomePage key="h" shell={own} cycles={[]} />],
    ['forbidden', <ForbiddenPage key="f" shell={own} office="省绩效办" />],
    ['not found', <NotFoundPage key="n" shell={own} />],
    ['problem', <ProblemPage key="p" shell={own} code="try_again" reference="7f3a" retryAfterSeconds={5} />],
    ['results', <ResultsPage key="r" {...results({ locale })} />],
    ['method', <MethodPage key="m" locale={locale} />],
  ]
}

const linksIn = (html: string) => [...html.matchAll(/<a [^>]*href="([^"#?]*)[^"]*"/g)].map((match) => match[1]!)

/** What stands between <nav class="entries"> and its end. */
const entriesIn = (html: string) =>
  [...(/<nav class="entries".*?<\/nav>/s.exec(html)?.[0] ?? '').matchAll(/<a[^>]*>([^<]*)</g)].map((match) => match[1])

/** Every entry that a person comes to from a page of no section, by the headings there. */
function entriesOf(role: StaffRole): string[] {
  const own = shell('zh-CN', role)
  const { fixed, sections } = menuOf(own)
  const first = entriesIn(renderToString(<NotFoundPage shell={own} />))
  expect(first).toEqual([...fixed, ...sections].map(({ text }) => text))
  const within = sections.map(({ text, entries }) => {
    const html = renderToString(<NotFoundPage shell={{ ...own, current: entries[0]!.id }} />)
    return `${text}：${entriesIn(html).slice(first.length).join('、')}`
  })
  return [...fixed.map(({ text }) => text), ...within]
}

describe('OfficeShell', () => {
  const prepare = '准备：年度设置、考核指标、问卷、人口结构、已有结果'
  const collect = '收集：测评、邀请、收集进度、反映的问题'
  const outcome = '结果：图表、异常筛查、意见、公示、导出'
  const assess = '考核：自评表、考核计分、创新评审、综合汇总'
  const follow = '跟进：反馈与整改、差评办理、责任追究、上下级'

  test.each<[StaffRole, string[]]>([
    ['platform_admin', ['周期', '地区']],
    ['office_admin', ['周期', '概览', '待批准', prepare, collect, outcome, assess, follow, '管理：人员、审计、设置']],
    ['analyst', ['周期', '概览', '待批准', prepare, collect, outcome, assess, follow]],
    ['reviewer', ['周期', '考核指标', '自评表', '考核计分', '整改审核', '创新评审', '责任追究']],
    ['organ_officer', ['周期', '考核指标', '差评办理', '自评表', '反馈与整改', '创新评审', '责任追究']],
    ['interviewer', ['周期']],
    [
      'auditor',
      [
        '周期',
        '概览',
        '准备：考核指标、已有结果',
        '收集：收集进度',
        '结果：图表、意见',
        assess,
        follow,
        '管理：参与情况抽查、人员、审计、设置',
      ],
    ],
  ])('shows %s exactly the entries it may use', (role, entries) => {
    expect(entriesOf(role)).toEqual(entries)
  })

  test('says how many decisions wait, and no number when none does', () => {
    const html = (waiting: number) => renderToString(<NotFoundPage shell={{ ...shell(), waiting }} />)
    expect(html(2)).toMatch(/待批准<span class="tag num">2<\/span>/)
    expect(html(0)).toMatch(/待批准<\/a>/)
  })

  test('shows nobody an entry before sign-in', () => {
    const html = renderToString(<NotFoundPage shell={shell('zh-CN', null)} />)
    expect(entriesIn(html)).toEqual([])
    expect(html).not.toContain('退出')
  })

  test('names jurisdiction, cycle and role at all times, and lets one sign out by a form', () => {
    const html = renderToString(<NotFoundPage shell={shell()} />)
    expect(html).toContain('<bdi>江州省</bdi>')
    expect(html).toContain('2025年度')
    expect(html).toContain('绩效办管理员')
    expect(html).toMatch(
      /<form method="post" action="\/office\/sign-out[^"]*"><input type="hidden" name="csrf" value="form-token"/,
    )
  })
})

describe.each<Locale>(['zh-CN', 'en'])('every page in %s', (locale) => {
  test.each(allPages(locale))('%s carries no style and no event attribute', (_name, page) => {
    expect(renderToString(page)).not.toMatch(/<[a-z][^>]* (style|on[a-z]+)=/)
  })

  test.each(allPages(locale))('%s links only to paths that exist', (_name, page) => {
    const known = Object.values(patterns).map(
      (pattern) => new RegExp(`^${pattern.replace(/:\w+(\{.*\})?/g, '[^/]+').replaceAll('.', '\\.')}$`),
    )
    for (const href of linksIn(renderToString(page))) {
      if (href !== '')
        expect(
          known.some((pattern) => pattern.test(href)),
          href,
        ).toBe(true)
    }
  })

  test.each(allPages(locale))('%s leaves no place open and no text out', (_name, page) => {
    const text = renderToString(page).replace(/<[^>]*>/g, '')
    expect(text).not.toMatch(/\{[a-zA-Z]+\}|undefined|NaN|\[object/)
  })

  test.each(allPages(locale))('%s has one main heading and one main part', (_name, page) => {
    const html = renderToString(page)
    expect(html.match(/<h1/g)).toHaveLength(1)
    expect(html.match(/<main/g)).toHaveLength(1)
  })
})

test.each<Locale>(['zh-CN', 'en'])('a group has one name on every page, the one of its survey: %s', (locale) => {
  const [recipients, people] = locale === 'en' ? ['Service recipients', 'Public'] : ['服务对象', '群众']
  for (const [name, page] of allPages(locale)) {
    if (!['overview', 'organ', 'results', 'method'].includes(name)) continue
    const text = renderToString(page).replace(/<[^>]*>/g, '')
    expect(text, name).toContain(recipients)
    expect(text, name).toContain(people)
    expect(text, name).not.toMatch(/[Ss]ervice users|公众/)
  }
})

describe('OfficeHomePage', () => {
  const home = (role: StaffRole) => renderToString(<OfficeHomePage shell={shell('zh-CN', role)} cycles={[]} />)

  test('tells an empty office from cycles that a role does not read', () => {
    expect(home('office_admin')).toContain('还没有周期')
    for (const [role, title] of [
      ['platform_admin', '平台管理员'],
      ['reviewer', '牵头部门评分员'],
    ] as const) {
      expect(home(role)).not.toContain('还没有周期')
      expect(home(role)).toContain(`“${title}”看不到各周期的收集进度和得分`)
    }
  })
})

test('English pages hold no Chinese of our own', () => {
  const english = <SetupPage {...setup({ shell: { ...shell('en', null), place: null } })} />
  expect(renderToString(english).replace('中文', '')).not.toMatch(/\p{Script=Han}/u)
})

test('names typed by people stand inside bdi and cannot become markup', () => {
  const html = renderToString(<DashboardPage {...dashboard()} />)
  expect(html).toContain('<bdi>省委&lt;组织部></bdi>')
  expect(html).toContain('<bdi>&lt;b>邀请信&lt;/b></bdi>')
  expect(html).toContain('<bdi>&lt;i>周敏&lt;/i></bdi>')
})

describe('SignInPage', () => {
  test('gives a refused sign-in one answer, keeps the address and never the password', () => {
    const html = renderToString(<SignInPage {...signIn({ problem: 'refused' })} />)
    expect(html).toContain('邮箱或密码不对，或账号已停用。')
    expect(html).toContain('value="zhou@example.org"')
    expect(html).toMatch(/<a href="#email">/)
    expect(/<input[^>]*name="password"[^>]*>/.exec(html)?.[0]).not.toContain('value=')
  })

  test('says how long to wait after too many tries', () => {
    const html = renderToString(<SignInPage {...signIn({ problem: 'too_many_requests', retryAfterSeconds: 42 })} />)
    expect(html).toContain('请等 42 秒再试')
    const wait = (seconds: number) =>
      renderToString(
        <ProblemPage shell={shell('en')} code="too_many_requests" reference={null} retryAfterSeconds={seconds} />,
      )
    expect(wait(1)).toContain('Wait 1 second and')
    expect(wait(90)).toContain('Wait 90 seconds and')
    // 20 minutes; one second more is not over after twenty.
    expect(wait(1_200)).toContain('Wait 20 minutes and')
    expect(wait(1_201)).toContain('Wait 21 minutes and')
  })

  test('shows demonstration accounts only where there are some', () => {
    const accounts = [{ role: 'analyst' as const, email: 'analyst@demo.example', password: 'demo' }]
    expect(renderToString(<SignInPage {...signIn()} />)).not.toContain('演示账号')
    expect(renderToString(<SignInPage {...signIn({ demoAccounts: accounts })} />)).toContain('绩效办分析员')
  })
})

describe('SetupPage', () => {
  const filled = setup({
    values: {
      adminEmail: 'zhou',
      jurisdictionCode: 'Jiangzhou',
      jurisdictionNameZh: '江州省',
      adminPassword: 'secret',
    },
    problems: [
      { field: 'adminEmail', problem: 'not_email' },
      { field: 'jurisdictionCode', problem: 'not_code' },
    ],
  })

  test('lists problems above the form, each leading to its field, and loses nothing typed but secrets', () => {
    const html = renderToString(<SetupPage {...filled} />)
    expect(html.indexOf('有 2 处需要修改')).toBeLessThan(html.indexOf('<form'))
    for (const { field } of filled.problems) expect(html).toMatch(new RegExp(`href="#${field}".*id="${field}"`, 's'))
    expect(html).toContain('value="江州省"')
    expect(html).not.toContain('secret')
  })

  test('asks for every field once', () => {
    const plain = renderToString(<SetupPage {...setup()} />)
    const names = [...plain.matchAll(/<input[^>]* name="(\w+)"/g)].map((match) => match[1])
    expect(names).toEqual(setupFields)
  })
})

describe('refusals', () => {
  test('say whom to ask, and what to do next', () => {
    expect(renderToString(<ForbiddenPage shell={shell()} office="省<绩效>办" />)).toContain(
      '如需要，请联系<bdi>省&lt;绩效>办</bdi>。',
    )
    const busy = <ProblemPage shell={shell()} code="try_again" reference="7f3a" retryAfterSeconds={5} />
    expect(renderToString(busy)).toMatch(/没有保存任何改动，请等 5 秒再试。.*编号 7f3a/s)
  })
})
