import { respondMessages } from '../client/messages/respond.ts'
import { CodePage, codeTitle } from '../client/pages/respond/code-page.tsx'
import { IndexPage, indexTitle, type Listing } from '../client/pages/respond/index-page.tsx'
import { OpenPage, openTitle } from '../client/pages/respond/open-page.tsx'
import { PrivacyPage, privacyTitle } from '../client/pages/respond/privacy-page.tsx'
import { StartPage, type StartPageProps, startTitle } from '../client/pages/respond/start-page.tsx'
import { StatePage, stateTitle } from '../client/pages/respond/state-page.tsx'
import { fields as names, patterns, urls } from '../client/urls.ts'
import { findChannel, findManifest, listSurveys } from '../db/platform.ts'
import { fillText } from '../surveys/answers.ts'
import { fromBase64url } from '../surveys/canonical.ts'
import { isPublished } from '../surveys/cycle.ts'
import { type Locale, parseQuestionnaire } from '../surveys/questionnaire.ts'
import { answerHtml, seeOther } from './answer-html.ts'
import { turnAway } from './ballot/enter.tsx'
import { momentText, resultsDayText } from './calendar.ts'
import { earlyClose } from './closing.ts'
import { isHttps } from './config.ts'
import { securityHeaders } from './headers.ts'
import { cachedPage } from './page-cache.ts'
import { refuse } from './problem.tsx'
import { needsCode, receiptPage } from './receipt-page.tsx'
import { receiptCell } from './receipts.ts'
import { defineRoute, type Exchange } from './route.ts'
import {
  entryState,
  findContext,
  isFull,
  localized,
  nameOf,
  privacyFacts,
  type SurveyContext,
  shareOf,
  stateOf,
  surveyHead,
  titleOf,
} from './surveys.ts'

/** The pages before and after answering. GET and HEAD never use up, confirm or count anything. */
const publicPage = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' } as const

/** What can be answered now, and what has been published. */
export const index = defineRoute({
  method: 'GET',
  path: patterns.index,
  policy: publicPage,
  handler: (exchange) => cachedPage(exchange, 'index', 5, () => indexPage(exchange)),
})

async function indexPage({ world, locale, size }: Exchange) {
  const surveys = await listSurveys(world.pages)
  const jurisdictions = [...new Set(surveys.map(({ jid }) => jid))].map((jid): Listing => {
    const own = surveys.filter((survey) => survey.jid === jid)
    return {
      jid,
      name: nameOf({ nameZh: own[0]!.jurisdictionNameZh, nameEn: own[0]!.jurisdictionNameEn }, locale),
      open: own.flatMap((survey) => openEntry(survey, world.now(), locale)),
      closed: own.flatMap((survey) => closedEntry(survey, locale)),
      finished: finishedCycles(own, locale),
    }
  })
  const props = { locale, size, demo: world.config.demo, jurisdictions }
  return {
    face: 'respond' as const,
    title: indexTitle(props),
    body: <IndexPage {...props} />,
    description: indexTitle(props),
  }
}

type ListedSurvey = Awaited<ReturnType<typeof listSurveys>>[number]

function openEntry(survey: ListedSurvey, now: number, locale: Locale): Listing['open'] {
  if (survey.state !== 'open' || now < survey.opensAt || survey.closesAt <= now) return []
  const questionnaire = parseQuestionnaire(JSON.parse(survey.questionnaire))
  if (!questionnaire.ok) return []
  return [
    {
      sid: survey.sid,
      title: localized(questionnaire.value.title, locale),
      closesOn: momentText(survey.closesAt, locale),
      minutes: questionnaire.value.minutes,
      counted: survey.counted,
      entry: needsCode(survey.anchor) ? 'code' : 'start',
    },
  ]
}

function closedEntry(survey: ListedSurvey, locale: Locale): Listing['closed'] {
  const early = earlyClose(survey, locale)
  const questionnaire = parseQuestionnaire(JSON.parse(survey.questionnaire))
  if (!early || isPublished(survey.cycleState) || !questionnaire.ok) return []
  const { sid, counted } = survey
  const title = counted ? localized(questionnaire.value.title, locale) : respondMessages(locale).indexOpenChannel
  return [{ sid, title, early }]
}

function finishedCycles(surveys: readonly ListedSurvey[], locale: Locale): Listing['finished'] {
  const published = surveys.filter(({ cycleState }) => isPublished(cycleState))
  return [...new Set(published.map(({ cycle }) => cycle))].map((cycle) => {
    const own = published.filter((survey) => survey.cycle === cycle)
    return {
      cycle,
      title: titleOf({ titleZh: own[0]!.cycleTitleZh, titleEn: own[0]!.cycleTitleEn }, locale),
      publishedOn: resultsDayText(own, locale),
    }
  })
}

export const code = defineRoute({
  method: 'GET',
  path: patterns.code,
  policy: publicPage,
  async handler(exchange) {
    const { world, locale, size, url } = exchange
    const given = url.searchParams.get(names.channel)
    const channel = given && (await findChannel(world.pages, given)) ? given : ''
    return cachedPage(exchange, `code|${channel}`, 3_600, () => {
      const props = { locale, size, demo: world.config.demo, channel }
      return { face: 'respond', title: codeTitle(props), body: <CodePage {...props} /> }
    })
  },
})

/** A poster's or a counter's address: leads to its survey and says there where somebody came from. */
export const channel = defineRoute({
  method: 'GET',
  path: patterns.channel,
  policy: { ...publicPage, cache: 'never' },
  async handler(exchange) {
    for (const code of readings(exchange.params.channel)) {
      const found = await findChannel(exchange.world.pages, code)
      if (found) return seeOther(exchange, 'respond', `${urls.start(found.jid, found.sid)}?${names.channel}=${code}`)
    }
    return refuse(exchange, 'unknown')
  },
})

/** What stands on a poster, as it came and as it may have been meant by whoever typed it: capitals, O for 0, I or L for 1. */
function readings(typed: string): ReadonlySet<string> {
  const small = typed.toLowerCase()
  return new Set([typed, small, small.replace(/o/g, '0').replace(/[il]/g, '1')])
}

/** What a survey is about and how one gets in; the sentence about it while it is not open. */
export const start = defineRoute({
  method: 'GET',
  path: patterns.start,
  policy: publicPage,
  async handler(exchange) {
    const { world, params, locale } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    const state = entryState(context, world.now())
    if (state !== 'open') return statePage(exchange, context, state)
    // A sealed answer can be changed although nobody new may begin, which only shows once people have verified.
    if (!needsCode(context.survey.anchor) && !context.sealed && (await isFull(world, context, 'all')))
      return turnAway(exchange, context, 'quota_full')
    const given = exchange.url.searchParams.get(names.channel) ?? ''
    const channel = context.channels.has(given) ? given : ''
    return cachedPage(exchange, `start|${context.name}|${context.revision}|${channel}`, 30, () => {
      const props = startProps(exchange, context, channel)
      const description = localized(context.questionnaire.title, locale)
      if (context.survey.anchor === 'open') {
        const script = world.assets.files['open']
        const all = { ...props, ...(script ? { script: urls.asset(script) } : {}) }
        return { face: 'respond', title: openTitle(all), body: <OpenPage {...all} />, description }
      }
      return { face: 'respond', title: startTitle(props), body: <StartPage {...props} />, description }
    })
  },
})

/** What the start page of a survey says. */
export function startProps(exchange: Exchange, context: SurveyContext, channel: string): StartPageProps {
  const { world, locale, size, isKiosk } = exchange
  return {
    locale,
    size,
    isKiosk,
    demo: world.config.demo,
    survey: surveyHead(context, locale),
    facts: privacyFacts(context),
    intro: introOf(context, exchange),
    minutes: context.questionnaire.minutes,
    closesOn: momentText(context.survey.closesAt, locale),
    channel,
    share: shareOf(context),
    ways: waysIn(context),
  }
}

/** How people get in, in the order in which the page offers it. */
function waysIn({ survey }: SurveyContext): StartPageProps['ways'] {
  const ways = (['oidc', 'sms'] as const).filter((way) => survey.adapters.includes(way))
  return ways.length > 0 ? ways : ['code']
}

function introOf(context: SurveyContext, { locale }: Exchange): string {
  const intro = localized(context.questionnaire.intro, locale)
  // What is not counted has no share, so the sentence about it falls away.
  const sentences = intro.split(/(?<=[。！？]|[.!?]\s)/).filter((each) => !each.includes('{share}'))
  return fillText(context.survey.counted ? intro : sentences.join('').trim(), {
    share: shareOf(context),
    count: String(context.organs.length),
    organ: locale === 'en' ? 'the agency' : '该单位',
  })
}

// A survey that is not open is an ordinary page on GET.
function statePage(
  exchange: Exchange,
  context: SurveyContext,
  state: 'not_open' | 'closed' | 'paused',
): Promise<Response> {
  return refuse(exchange, state, {
    ...(state === 'paused' ? {} : { pageStatus: 200 }),
    survey: surveyHead(context, exchange.locale),
    state: stateOf(context, state, exchange.locale),
  })
}

/** What is stored of whom, in the survey's own mode. */
export const privacy = defineRoute({
  method: 'GET',
  path: patterns.privacy,
  policy: publicPage,
  async handler(exchange) {
    const context = await findContext(exchange.world, exchange.params.jid, exchange.params.sid)
    if (!context) return refuse(exchange, 'unknown')
    return cachedPage(exchange, `privacy|${context.name}|${context.revision}`, 300, () => {
      const props = {
        locale: exchange.locale,
        size: exchange.size,
        isKiosk: exchange.isKiosk,
        demo: exchange.world.config.demo,
        survey: surveyHead(context, exchange.locale),
        facts: privacyFacts(context),
      }
      return { face: 'respond', title: privacyTitle(props), body: <PrivacyPage {...props} /> }
    })
  },
})

/** The receipt page: verified by its signature alone, nothing is looked up and nothing is kept. */
export const done = defineRoute({
  method: 'GET',
  path: patterns.done,
  policy: { ...publicPage, cache: 'never' },
  async handler(exchange) {
    const { world, url } = exchange
    const context = await findContext(world, exchange.params.jid, exchange.params.sid)
    const tagText = url.searchParams.get(names.tag) ?? ''
    const signatureText = url.searchParams.get(names.signature) ?? ''
    const tag = fromBase64url(tagText)
    const signature = fromBase64url(signatureText)
    if (!context || tag?.length !== 32 || signature?.length !== 64) return refuse(exchange, 'unknown')
    if ((await receiptCell(world, context, tag, signature)) === null) return refuse(exchange, 'unknown')
    const isAskedLate = url.searchParams.get(names.asked) === 'none'
    return receiptPage(exchange, context, { tag: tagText, signature: signatureText, isAskedLate })
  },
})

/** The frozen manifest of a survey, found by its hash: immutable, readable from any origin. */
export const manifest = defineRoute({
  method: 'GET',
  path: patterns.manifest,
  policy: publicPage,
  async handler(exchange) {
    const body = await findManifest(exchange.world.pages, exchange.params.hash.slice(0, 64))
    if (body === null) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('data', isHttps(exchange.world.config)))
    headers.set('Content-Type', 'application/json')
    headers.set('Cache-Control', 'public, max-age=31536000, immutable')
    headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
    headers.set('Access-Control-Allow-Origin', '*')
    headers.set('ETag', `"${exchange.params.hash.slice(0, 32)}"`)
    return new Response(body, { headers })
  },
})

/** Every state page at an address of its own, for tests of pages that need a rare situation. */
export const fixture = defineRoute({
  method: 'GET',
  path: '/fixtures/:state',
  policy: { ...publicPage, cache: 'never' },
  handler(exchange) {
    const { world, locale, size, params } = exchange
    const state = fixtureStates(params.state)
    if (!world.config.fixtures || !state) return refuse(exchange, 'not_found')
    const props = { locale, size, demo: world.config.demo, state }
    return answerHtml(exchange, { face: 'respond', title: stateTitle(props), body: <StatePage {...props} /> })
  },
})

function fixtureStates(name: string): Parameters<typeof StatePage>[0]['state'] | null {
  const date = '2026-03-01'
  switch (name) {
    case 'paused':
    case 'unknown':
    case 'elig_expired':
    case 'not_verified':
    case 'preview':
    case 'offline':
    case 'not_found':
    case 'bad_request':
    case 'too_large':
    case 'forbidden':
    case 'closed_while_answering':
    case 'change_limit':
    case 'withdrawn':
      return { code: name }
    case 'not_eligible':
    case 'quota_full':
      return { code: name }
    case 'not_open':
      return { code: name, opensOn: date }
    case 'closed':
      return { code: name, closedOn: date, resultsOn: date }
    case 'spent':
      return { code: name, mode: 'live', phone: '025-8888-0000' }
    case 'keys_missing':
    case 'receipt_expired':
    case 'receipt_revoked':
    case 'receipts_full':
      return { code: name, phone: '025-8888-0000' }
    case 'no_phone':
    case 'provider_down':
      return { code: name, provider: '省统一身份认证' }
    case 'too_many_requests':
      return { code: name, seconds: 30 }
    case 'maintenance':
      return { code: name, until: '18:00' }
    case 'try_again':
      return { code: name, reference: 'abc123', isAnswer: true }
    case 'failed':
      return { code: name, reference: 'abc123' }
    default:
      return null
  }
}
