import { readFileSync } from 'node:fs'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { type CheckOutcome, CheckPage, checkTitle } from '../../client/pages/respond/check-page.tsx'
import { ChoosePage, type ChoosePageProps, chooseTitle } from '../../client/pages/respond/choose-page.tsx'
import { CodePage, codeTitle } from '../../client/pages/respond/code-page.tsx'
import { DonePage, doneTitle } from '../../client/pages/respond/done-page.tsx'
import { FormPage, type FormPageProps, formTitle } from '../../client/pages/respond/form-page.tsx'
import { IndexPage, type IndexPageProps, indexTitle } from '../../client/pages/respond/index-page.tsx'
import { OpenPage, openTitle } from '../../client/pages/respond/open-page.tsx'
import { PrivacyPage, privacyTitle } from '../../client/pages/respond/privacy-page.tsx'
import { StartPage, startTitle } from '../../client/pages/respond/start-page.tsx'
import { type State, StatePage, stateTitle } from '../../client/pages/respond/state-page.tsx'
import { VerifyPage, type VerifyStep, verifyTitle } from '../../client/pages/respond/verify-page.tsx'
import type { PrivacyFacts, SurveyHead } from '../../client/pages/respond/views.ts'
import { type GroupId, type Locale, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'

/** Invented surveys for the tests of respondents' pages; the questionnaires are the shipped ones. */

export const locales: readonly Locale[] = ['zh-CN', 'en']

export function form(group: GroupId): Questionnaire {
  const json: unknown = JSON.parse(readFileSync(new URL(`../../surveys/forms/${group}.json`, import.meta.url), 'utf8'))
  const read = parseQuestionnaire(json)
  if (!read.ok) throw new Error(`the shipped form of ${group} cannot be read`)
  return read.value
}

export const adapterOf = { leaders: 'roster', recipients: 'receipt', public: 'sms' } as const

export function facts(adapter: PrivacyFacts['adapter'], mode: PrivacyFacts['mode'] = 'live'): PrivacyFacts {
  return { mode, adapter, minimum: 10 }
}

export function head(locale: Locale, group: GroupId): SurveyHead {
  return {
    jid: 'jiangzhou',
    sid: `${group}-2025`,
    title: form(group).title[locale],
    organiser: locale === 'en' ? 'Jiangzhou Performance Office' : '江州省绩效办',
    year: '2025',
    phone: '025-8888-0000',
    counted: true,
  }
}

export function organs(locale: Locale, n: number) {
  return Array.from({ length: n }, (_, at) => ({
    code: `organ-${at + 1}`,
    name: locale === 'en' ? `Agency ${at + 1}` : `第${at + 1}局`,
    search: `dyj${at + 1} 公积金`,
  }))
}

export function view(locale: Locale) {
  return { locale, demo: true }
}

export function formProps(locale: Locale, group: GroupId, more: Partial<FormPageProps> = {}): FormPageProps {
  const list = organs(locale, { leaders: 68, recipients: 1, public: 3 }[group])
  return {
    ...view(locale),
    survey: head(locale, group),
    facts: facts(adapterOf[group]),
    questionnaire: form(group),
    organs: list,
    detailFor: group === 'public' ? list[0]!.code : null,
    share: '40%',
    closesOn: '2025-12-31',
    until: Date.UTC(2026, 0, 1),
    hidden: 'HIDDENFIELDS',
    values: new Map(),
    problems: [],
    ...more,
  }
}

export function chooseProps(locale: Locale, more: Partial<ChoosePageProps> = {}): ChoosePageProps {
  return {
    ...view(locale),
    survey: head(locale, 'public'),
    hidden: 'HIDDENFIELDS',
    categories: [{ title: locale === 'en' ? 'Departments' : '部门', organs: organs(locale, 5) }],
    chosen: [],
    min: 1,
    max: 3,
    facts: facts('sms'),
    ...more,
  }
}

export const states: readonly State[] = [
  { code: 'not_open', opensOn: '2025-12-01' },
  { code: 'closed', resultsOn: '2026-03-01', earlier: { jid: 'jiangzhou', cycle: '2024' } },
  {
    code: 'closed',
    closedOn: '2025-12-20 09:00',
    early: { closedOn: '2025-12-20 09:00', planned: '2025-12-31 18:00', reason: '问卷有一处错误，须停止收集' },
  },
  { code: 'closed', published: { jid: 'jiangzhou', cycle: '2025' } },
  { code: 'closed' },
  { code: 'closed_while_answering' },
  { code: 'change_limit' },
  { code: 'withdrawn' },
  { code: 'results_withdrawn', jid: 'jiangzhou', cycle: '2025' },
  { code: 'paused' },
  { code: 'spent', mode: 'live', phone: '025-8888-0000' },
  { code: 'spent', mode: 'sealed', phone: '025-8888-0000' },
  { code: 'unknown' },
  { code: 'not_eligible', openSid: 'open-2025' },
  { code: 'not_eligible' },
  { code: 'quota_full', openSid: 'open-2025' },
  { code: 'too_many_requests', seconds: 30 },
  { code: 'try_again', reference: 'ref1', isAnswer: true },
  { code: 'try_again', reference: 'ref1', isAnswer: false },
  { code: 'try_again', reference: 'ref1', reading: '/' },
  { code: 'keys_missing', phone: '025-8888-0000' },
  { code: 'not_verified' },
  { code: 'no_phone', provider: '省统一身份认证' },
  { code: 'provider_down', provider: '省统一身份认证' },
  { code: 'elig_expired' },
  { code: 'maintenance', until: '18:00' },
  { code: 'preview' },
  { code: 'offline' },
  { code: 'not_found' },
  { code: 'bad_request' },
  { code: 'too_large' },
  { code: 'forbidden' },
  { code: 'failed', reference: 'ref2' },
]

export type Rendered = { name: string; title: string; html: string }

function rendered<Props>(
  name: string,
  Page: (props: Props) => VNode,
  title: (props: Props) => string,
  props: Props,
): Rendered {
  return { name, title: title(props), html: renderToString(Page(props)) }
}

export const renderForm = (props: FormPageProps) => rendered('form', FormPage, formTitle, props)
export const renderChoose = (props: ChoosePageProps) => rendered('choose', ChoosePage, chooseTitle, props)
export const renderIndex = (props: IndexPageProps) => rendered('index', IndexPage, indexTitle, props)

export function renderCheck(locale: Locale, outcome?: CheckOutcome | 'required'): Rendered {
  const asked = outcome === undefined ? undefined : { text: outcome === 'required' ? '' : 't=…', outcome }
  const survey = head(locale, 'public')
  const props = { ...view(locale), survey, manifestHash: 'ab'.repeat(32), script: '/assets/check-1.js', asked }
  return rendered('check', CheckPage, checkTitle, props)
}

export function renderDone(locale: Locale, counted = true, thanks = form('public').thanks[locale]): Rendered {
  return rendered('done', DonePage, doneTitle, {
    ...view(locale),
    survey: { ...head(locale, 'public'), counted },
    thanks,
    tag: 'p3Zk9fQm2LwXy7Tb4Jc0Vd8RsNhGaEuK1iOo5lPqWx4',
    signature: 'signature',
    checkAddress: 'http://localhost:8787/check/a/b#t=tag&g=signature',
    mode: 'live',
    resultsOn: '2026-03-01',
  })
}

export function renderState(
  locale: Locale,
  state: State,
  survey: SurveyHead | null = head(locale, 'public'),
): Rendered {
  return rendered(`state ${state.code}`, StatePage, stateTitle, { ...view(locale), state, survey: survey ?? undefined })
}

export function renderStart(
  locale: Locale,
  group: GroupId,
  more: { size?: 'elder' | 'max'; channel?: string } = {},
): Rendered {
  return rendered('start', StartPage, startTitle, {
    ...view(locale),
    survey: head(locale, group),
    facts: facts(adapterOf[group]),
    intro: 'Intro',
    minutes: 2,
    share: '40%',
    closesOn: '2025-12-31',
    channel: '',
    ways: group === 'public' ? ['sms'] : ['code'],
    ...more,
  })
}

export function renderOpen(locale: Locale): Rendered {
  return rendered('open', OpenPage, openTitle, {
    ...view(locale),
    survey: { ...head(locale, 'public'), counted: false },
    facts: facts('open'),
    intro: 'Intro',
    minutes: 2,
    closesOn: '2025-12-31',
    channel: '',
    script: '/assets/open.js',
  })
}

export function renderPrivacy(locale: Locale, told: PrivacyFacts): Rendered {
  return rendered('privacy', PrivacyPage, privacyTitle, {
    ...view(locale),
    survey: head(locale, 'public'),
    facts: told,
  })
}

export function renderCode(locale: Locale, problem?: 'required' | 'malformed', channel = ''): Rendered {
  return rendered('code', CodePage, codeTitle, { ...view(locale), problem, code: problem ? 'ABCD' : '', channel })
}

export function renderVerify(locale: Locale, verify: VerifyStep): Rendered {
  return rendered('verify', VerifyPage, verifyTitle, {
    ...view(locale),
    survey: head(locale, 'public'),
    channel: '',
    verify,
  })
}

/** Every page a respondent can meet, with and without problems. */
export function everyPage(locale: Locale): Rendered[] {
  const listing = {
    jid: 'jiangzhou',
    name: locale === 'en' ? 'Jiangzhou' : '江州省',
    open: [
      {
        sid: 'public-2025',
        title: form('public').title[locale],
        closesOn: '2025-12-31',
        minutes: 2,
        entry: 'code' as const,
        counted: true,
      },
    ],
    closed: [],
    finished: [{ cycle: '2024', title: '2024', publishedOn: '2025-03-01' }],
  }
  const missing = { field: 'q.organ-1.overall', code: 'required', organ: 'organ-1', question: 'overall' } as const
  return [
    renderIndex({ ...view(locale), jurisdictions: [listing] }),
    renderIndex({ ...view(locale), jurisdictions: [] }),
    renderCode(locale),
    renderCode(locale, 'required'),
    renderCode(locale, 'malformed'),
    ...(['leaders', 'recipients', 'public'] as const).flatMap((group) => [
      renderStart(locale, group),
      renderForm(formProps(locale, group)),
      renderForm(formProps(locale, group, { problems: [missing] })),
      renderForm(formProps(locale, group, { notSent: { reference: 'ref3' } })),
    ]),
    renderVerify(locale, { step: 'phone', phone: '12', problem: 'malformed' }),
    renderVerify(locale, { step: 'code', phone: '13800001234' }),
    renderVerify(locale, { step: 'code', phone: '13800001234', problem: { code: 'wrong' } }),
    renderOpen(locale),
    renderChoose(chooseProps(locale)),
    renderChoose(chooseProps(locale, { problem: 'none' })),
    renderChoose(chooseProps(locale, { problem: 'too_many' })),
    renderDone(locale),
    renderDone(locale, false),
    renderCheck(locale),
    renderCheck(locale, 'required'),
    renderCheck(locale, { kind: 'counted', index: 7 }),
    renderCheck(locale, { kind: 'not_yet' }),
    renderCheck(locale, { kind: 'invalid' }),
    renderCheck(locale, { kind: 'no_log' }),
    renderPrivacy(locale, facts('sms')),
    renderPrivacy(locale, facts('roster', 'sealed')),
    ...states.map((state) => renderState(locale, state)),
  ]
}

/** The words of a page without its tags. */
export function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replace(/\s+/g, ' ')
}

/** Values of one attribute, in order. */
export function attributes(html: string, name: string): string[] {
  return Array.from(html.matchAll(new RegExp(`<[^>]*\\s${name}="([^"]*)"`, 'g')), (match) => match[1] ?? '')
}
