import type { DashboardPageProps, Participation, Ranks } from '../../client/pages/office/dashboard.tsx'
import type { OrganPageProps } from '../../client/pages/office/organ.tsx'
import type { OrganRow } from '../../client/pages/office/organ-rows.ts'
import type { ResultsPageProps, ResultsRow } from '../../client/pages/results/results.tsx'
import type { OfficeShellProps, StaffRole } from '../../client/parts/office-shell.tsx'
import type { Score, Withheld } from '../../client/parts/withheld.tsx'
import type { GroupId, Locale } from '../../surveys/questionnaire.ts'

/** Invented people, organs and numbers for the staff and results pages; the organ is the method's worked example. */
export const hash = '3f9c2a71b04ee1d85a6c0f1729b8d4437e6a5512c9f08b3de1746ad2905c8be1'

export const ok = (score: string): Score => ({ status: 'ok', score })
export const withheld = (why: Withheld): Score => ({ status: 'withheld', why })

export function shell(locale: Locale = 'zh-CN', role: StaffRole | null = 'office_admin'): OfficeShellProps {
  return {
    locale,
    languageHref: '/office/jiangzhou/2025?lang=en',
    demo: true,
    user: role && { name: '<i>周敏</i>', role, csrf: 'form-token' },
    place: { jid: 'jiangzhou', jurisdiction: '江州省', cycle: '2025', cycleTitle: '2025年度' },
    waiting: 0,
    current: 'dashboard',
  }
}

const grades = [
  { id: 'excellent', title: '优秀', minimum: '90' },
  { id: 'good', title: '良好', minimum: '80' },
  { id: 'qualified', title: '达标', minimum: '70' },
  { id: 'admonished', title: '诫勉', minimum: '0' },
]
const classes = [
  { id: 'party', title: '党委机关', functionalRule: 'reviewed' as const },
  { id: 'byReference', title: '参照实施', functionalRule: 'self' as const },
]
const parts = [
  { id: 'functional', title: '职能工作' },
  { id: 'innovation', title: '创新创优' },
]

export function organRow(code: string, name: string, satisfaction: string, overall: string, grade: string): OrganRow {
  const half = (score: string, width: number) => ({
    status: 'ok' as const,
    low: (Number(score) - width).toFixed(2),
    high: (Number(score) + width).toFixed(2),
  })
  return {
    code,
    name,
    search: `${code} short-${code}`,
    organClass: 'party',
    groups: {
      leaders: { result: ok('88.10'), n: 58 },
      recipients: { result: ok('77.87'), n: 120 },
      public: { result: ok('74.15'), n: 412 },
    },
    satisfaction: ok(satisfaction),
    interval: half(satisfaction, 2),
    parts: [ok('91.25'), ok('82.00')],
    overall: ok(overall),
    overallInterval: half(overall, 0.5),
    grade,
    marks: [],
    rank: { status: 'ranked', place: null, interval: [1, 2], tier: 1, expected: '1.5', advanced: 'undecided' },
  }
}

/** Eighteen answers where thirty are needed: three numbers are missing, each with its reason. */
export function shortRow(): OrganRow {
  const missing = withheld({ reason: 'group_insufficient', groups: ['recipients'] })
  const row = organRow('dishui', '省地税局', '0', '0', 'good')
  const few = { result: withheld({ reason: 'n_below_minimum', n: 18, minimum: 30 }), n: 18 }
  return {
    ...row,
    organClass: 'byReference',
    groups: { ...row.groups, recipients: few },
    satisfaction: missing,
    interval: null,
    overall: missing,
    overallInterval: null,
    grade: null,
    marks: [],
    rank: { status: 'not_ranked' },
  }
}

function survey(group: GroupId, received: readonly number[], expected: number): Participation {
  const sum = received.reduce((total, n) => total + n, 0)
  return {
    sid: group,
    group,
    state: 'closed',
    opens: { day: 20260301, text: '3月1日' },
    closes: { day: 20260304, text: '3月4日' },
    received: sum,
    expected,
    responsePercent: ((sum / expected) * 100).toFixed(1),
    daily: received.map((n, index) => ({ day: 20260301 + index, text: `3月${index + 1}日`, received: n })),
    channels: [{ name: '<b>邀请信</b>', received: sum }],
    ways: { online: sum, kiosk: 0, phone: 0, paper: 0 },
  }
}

/** A figure that cannot be made; what figures draw is tested where they are made. */
const undrawn = (id: string) => ({ id, title: id, missing: '没有可以显示的数字。' })

export function dashboard(changes: Partial<DashboardPageProps> = {}): DashboardPageProps {
  return {
    shell: shell(),
    cycleState: 'closed',
    participation: [survey('leaders', [10, 0, 30, 19], 62), survey('recipients', [100, 200, 300, 400], 1250)],
    progress: undrawn('progress'),
    openChannel: { state: 'closed', received: 777_777, channels: [{ name: '网站', received: 777_777 }] },
    fieldwork: null,
    daysLeft: null,
    organs: [
      organRow('caizheng', '省财政厅', '77.26', '88.91', 'good'),
      organRow('zuzhi', '省委<组织部>', '85.50', '90.00', 'excellent'),
      shortRow(),
    ],
    view: { sort: 'overall', direction: 'desc', organClass: '', search: '', chart: 'satisfaction' },
    chart: undrawn('satisfaction'),
    classes,
    parts,
    grades,
    ranks: ranks(),
    intervalPercent: '95',
    relock: null,
    planHash: hash,
    updated: '2026年4月1日 09:30',
    ...changes,
  }
}

/** Two ranked organs that cannot be told apart, one advanced unit to be chosen. */
export function ranks(changes: Partial<Ranks> = {}): Ranks {
  return {
    scored: 2,
    unscored: 0,
    pairs: 1,
    separatedPairs: 0,
    separatedPercent: '0.0',
    neededPercent: 80,
    showsPlaces: false,
    advanced: { title: '先进单位', count: 1, grade: '优秀' },
    mappings: [
      { title: '方案分值', points: ['100', '80', '60', '30', '0'], change: null },
      {
        title: '等距分值',
        points: ['100', '75', '50', '25', '0'],
        change: { grades: ['省<财政>厅'], largestMove: 1, pairsReversed: 1 },
      },
    ],
    ...changes,
  }
}

/** The same cycle while people may still answer. */
export function openDashboard(): DashboardPageProps {
  const none = withheld({ reason: 'collecting' })
  const closed = { result: none, n: 0 }
  const organs = dashboard().organs.map((organ) => ({
    ...organ,
    groups: { leaders: closed, recipients: closed, public: closed },
    satisfaction: none,
    interval: null,
    parts: [none, none],
    overall: none,
    overallInterval: null,
    grade: null,
    rank: { status: 'unscored' as const },
  }))
  const participation = dashboard().participation.map((entry) => ({ ...entry, state: 'open' as const }))
  return dashboard({ cycleState: 'fieldwork', participation, organs, ranks: null, daysLeft: 13 })
}

export const levels = ['非常满意', '满意', '基本满意', '不满意', '非常不满意']
const points = ['100', '80', '60', '30', '0']
const scale = levels.map((label, index) => ({ label, points: points[index]! }))

export function organ(changes: Partial<OrganPageProps> = {}): OrganPageProps {
  const group = (id: GroupId, weight: string, score: string, contribution: string, n: number) => ({
    group: id,
    weight,
    result: ok(score),
    interval: { status: 'ok' as const, low: '70.00', high: '89.00' },
    standardError: '2.71',
    contribution,
    n,
    effectiveN: id === 'public' ? '91.43' : null,
    received: n,
    expected: id === 'leaders' ? 62 : null,
    responsePercent: id === 'leaders' ? '32.3' : null,
    questionnaire: { title: `${id}-title`, version: 1 },
    leverage: null,
    quarantine: null,
    weighting: null,
    warnings: id === 'public' ? (['dk_share_high'] as const) : [],
    answers: undrawn('answers'),
    questions: [
      {
        id: 'overall',
        title: '总的来说，您满意吗？',
        weight: '50',
        n: 60,
        mean: '78.00',
        standardError: '3.20',
        dontKnowPercent: '40.0',
        flagged: true,
      },
    ],
    scale,
  })
  const line = (id: string, title: string, share: string, score: string, contribution: string) => ({
    id,
    title,
    sharePercent: share,
    score: ok(score),
    contribution,
    leads: [] as string[],
    basis: null as string | null,
    deductions: [] as { points: string; reason: string }[],
    children: [],
  })
  const key = {
    ...line('functional.key', '重点工作', '60', '92', '22.08'),
    leads: ['省委办公厅'],
    basis: '年度重点工作责任分工',
    deductions: [{ points: '8', reason: '一项改革任务延期<两个月>' }],
  }
  return {
    shell: shell(),
    organ: { code: 'caizheng', name: '省<财政>厅', organClass: { id: 'government', title: '政府机关' } },
    overall: ok('88.91'),
    overallInterval: { status: 'ok', low: '88.08', high: '89.75' },
    grade: 'good',
    grades,
    intervalPercent: '95',
    indicators: [
      { ...line('functional', '职能工作目标', '40', '91.25', '36.5'), children: [key] },
      line('management', '管理工作目标', '30', '95.87', '28.76'),
      line('innovation', '创新创优目标', '10', '82', '8.2'),
      line('satisfaction', '满意度', '20', '77.26', '15.452'),
    ],
    stairs: undrawn('stairs'),
    functionalRule: 'reviewed',
    satisfaction: ok('77.26'),
    interval: { status: 'ok', low: '73.09', high: '81.43' },
    standardError: '2.08',
    groups: [
      group('leaders', '0.3', '80.80', '24.24', 20),
      group('recipients', '0.3', '77.87', '23.36', 30),
      group('public', '0.4', '74.15', '29.66', 100),
    ],
    certainty: null,
    plan: { version: 1, title: '2025年度方案', hash, decimals: 2, roundedAt: 'end' },
    reused: { sources: [], least: 10 },
    dontKnowLimit: '30',
    updated: '2026年4月1日 09:30',
    ...changes,
  }
}

export function resultsRow(name: string, satisfaction: string, overall: string): ResultsRow {
  return {
    code: 'caizheng',
    name,
    organClass: 'party',
    satisfaction: ok(satisfaction),
    interval: { status: 'ok', low: (Number(satisfaction) - 2).toFixed(2), high: (Number(satisfaction) + 2).toFixed(2) },
    n: { leaders: 58, recipients: 120, public: 1412 },
    dontKnowPercent: '8.3',
    dontKnowFlagged: false,
    overall: ok(overall),
    overallInterval: {
      status: 'ok',
      low: (Number(overall) - 0.5).toFixed(2),
      high: (Number(overall) + 0.5).toFixed(2),
    },
    grade: 'good',
    rank: { status: 'not_ranked' },
    isTied: false,
  }
}

export function results(changes: Partial<ResultsPageProps> = {}): ResultsPageProps {
  const missing = withheld({ reason: 'group_insufficient', groups: ['recipients'] })
  const short: ResultsRow = {
    ...resultsRow('省<地税>局', '0', '0'),
    organClass: 'byReference',
    satisfaction: missing,
    interval: null,
    n: { leaders: 58, recipients: 18, public: 573 },
    dontKnowPercent: '31.0',
    dontKnowFlagged: true,
    overall: missing,
    overallInterval: null,
    grade: null,
  }
  const note = (group: GroupId, weight: string, n: number) => ({
    group,
    weight,
    received: 59,
    expected: 62,
    responsePercent: '95.2',
    ways: { online: 57, kiosk: 2, phone: 0, paper: 0 },
    mode: 'live' as const,
    modeReason: null,
    adapter: 'roster' as const,
    minimum: { n, effectiveN: group === 'public' ? 30 : null, responsePercent: group === 'leaders' ? '50' : null },
    weighting: null,
    opens: '3月1日',
    closes: '3月31日',
    audit: null,
    amendments: [],
  })
  return {
    locale: 'zh-CN',
    size: undefined,
    demo: true,
    jid: 'jiangzhou',
    cycle: '2025',
    jurisdiction: '江州省',
    cycleTitle: '2025<年度>',
    isPublished: true,
    resultsOn: '2026年4月20日',
    view: { sort: 'satisfaction', direction: 'desc', organClass: '' },
    organs: [resultsRow('省财政厅', '77.26', '88.91'), short, resultsRow('省司法厅', '85.49', '86.00')],
    ranks: null,
    choice: null,
    renamed: [],
    history: [],
    quarantined: [],
    classes,
    grades,
    intervalPercent: '95',
    rounding: { decimals: 2, at: 'end' },
    surveys: [note('leaders', '0.3', 10), note('recipients', '0.3', 30), note('public', '0.4', 100)],
    openChannel: { received: 1374 },
    scale,
    dontKnowLimit: '30',
    planHash: hash,
    manifestHrefs: [{ group: 'public', href: `/m/${hash}.json` }],
    bundle: null,
    versions: [],
    path: '/results/jiangzhou/2025',
    ...changes,
  }
}
