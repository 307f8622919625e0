import { Hono } from 'hono'
import { inspectRoutes } from 'hono/dev'
import { answer } from './ballot/answer.tsx'
import { chooseOrgans, enterCode, formAddresses } from './ballot/enter.tsx'
import { withdrawByForm } from './ballot/form-withdraw.tsx'
import { issue } from './ballot/issue.ts'
import { submit, withdraw } from './ballot/submit.ts'
import {
  bundleAuditFile,
  bundleFile,
  bundleSurveyFile,
  versionAuditFile,
  versionFile,
  versionSurveyFile,
} from './bundle-files.ts'
import { checkPage, checkReceipt } from './check.tsx'
import { complaint, complaintAnswer, complaintAnswerForm, complaintForm } from './complaint.tsx'
import { delivery } from './delivery.ts'
import { draws } from './draws.tsx'
import { askForReview } from './eligibility/ask.tsx'
import { oidcCallback, oidcForm, oidcStart } from './eligibility/oidc.tsx'
import { openChallenge, openEnter } from './eligibility/open.tsx'
import { smsCheck, smsSend } from './eligibility/sms.tsx'
import { embedPage, embedScript } from './embed.tsx'
import { firstThisMinute } from './guard.ts'
import { asset, health, metrics, ready } from './health.ts'
import { SurveyKeysMissing } from './keys.ts'
import { logRoutes } from './log-routes.ts'
import { mailbox, mailboxForm, mailboxRate } from './mailbox.tsx'
import { createMeter, type Meter } from './meter.ts'
import { outageOf } from './outage.ts'
import { policyFaults } from './policy.ts'
import { refuse, restSeconds } from './problem.tsx'
import { filesOfYear, methodOfYear, organPage, peopleOfYear, placePage, resultsCsv } from './public-site.tsx'
import { publicRectification } from './rectification.tsx'
import { channel, code, done, fixture, index, manifest, privacy, start } from './respond.tsx'
import { method, results, resultsVersion, verify } from './results.tsx'
import { bareExchange, type Exchange, type Route } from './route.ts'
import { RouterByFirstPart } from './router.ts'
import { report, reportForm } from './solicitation.tsx'
import { entryState, findContext, stateOf, surveyHead } from './surveys.ts'
import { unsubscribeForm, unsubscribeLink, unsubscribeNow, unsubscribePress } from './unsubscribe.tsx'
import type { World } from './world.ts'

/** What people do to answer, and what they say about it: all that rests while the operator maintains the system. */
const respondentRoutes: readonly Route[] = [
  index,
  code,
  channel,
  start,
  complaintForm,
  complaint,
  complaintAnswerForm,
  complaintAnswer,
  mailboxForm,
  mailbox,
  mailboxRate,
  delivery,
  unsubscribeForm,
  unsubscribePress,
  unsubscribeLink,
  unsubscribeNow,
  enterCode,
  askForReview,
  reportForm,
  report,
  chooseOrgans,
  withdrawByForm,
  ...formAddresses,
  smsSend,
  smsCheck,
  oidcStart,
  oidcCallback,
  oidcForm,
  openChallenge,
  openEnter,
  answer,
  issue,
  submit,
  withdraw,
]

/** Routes for everyone: forms, receipts, results. They run on every runtime. */
export const publicRoutes: readonly Route[] = [
  ...respondentRoutes,
  embedScript,
  embedPage,
  privacy,
  draws,
  done,
  manifest,
  ...logRoutes,
  checkPage,
  checkReceipt,
  fixture,
  results,
  resultsVersion,
  publicRectification,
  placePage,
  organPage,
  methodOfYear,
  peopleOfYear,
  filesOfYear,
  resultsCsv,
  bundleFile,
  bundleAuditFile,
  bundleSurveyFile,
  versionFile,
  versionAuditFile,
  versionSurveyFile,
  verify,
  method,
  health,
  ready,
  metrics,
  asset,
]

/**
 * The whole application for one world. Throws at start when a route has no sound policy, stands twice, or was added
 * to the router in any other way than `defineRoute`. `staff` are the routes of the office, where accounts can run.
 */
export function createApp(world: World, staff: readonly Route[] = []): Hono {
  return appOf(world, createMeter(world), [...publicRoutes, ...staff])
}

/**
 * The same for a process that mostly serves respondents: the routes of the office are brought by the first request that is
 * for none of the public, and take no memory before.
 */
export function createAppInTwoSteps(world: World, bringStaff: () => Promise<readonly Route[]>): Hono {
  const meter = createMeter(world)
  const app = appOf(world, meter, publicRoutes)
  let second: Promise<Hono> | null = null
  app.notFound(async ({ req, env }) => {
    second ??= bringStaff().then((staff) => appOf(world, meter, staff))
    try {
      return (await second).fetch(req.raw, env)
    } catch (error) {
      second = null
      throw error
    }
  })
  return app
}

function appOf(world: World, meter: Meter, routes: readonly Route[]): Hono {
  const app = new Hono({ strict: true, router: new RouterByFirstPart() })
  const seen = new Set<string>()
  for (const route of routes) {
    const name = `${route.method} ${route.path}`
    if (!route.policy) throw new Error(`${name} needs a policy`)
    const faults = policyFaults(route.method, route.path, route.policy)
    if (faults.length > 0) throw new Error(`${name}: ${faults.join('; ')}`)
    if (seen.has(name)) throw new Error(`${name} stands twice`)
    seen.add(name)
    // Whoever has filled in a form without script gets it back, which only its own route can do.
    const rests = route !== answer && respondentRoutes.includes(route)
    app.on(route.method, route.path, (context) =>
      meter.measure(route, context, () =>
        rests && restSeconds(world) > 0
          ? refuse(bareExchange(world, context, route.path), 'maintenance')
          : route.handle(world, context),
      ),
    )
  }
  app.notFound((context) => refuse(bareExchange(world, context), 'not_found'))
  app.onError((error, context) => failure(meter, error, bareExchange(world, context)))
  assertOnlyDefined(app, seen)
  return app
}

/** Every handler of the router must have come from `defineRoute`. */
export function assertOnlyDefined(app: Hono, defined: ReadonlySet<string>): void {
  for (const { method: verb, path, isMiddleware } of inspectRoutes(app)) {
    const name = `${verb} ${path}`
    if (isMiddleware || !defined.has(name)) throw new Error(`${name} was not made by defineRoute`)
  }
}

function failure(meter: Meter, error: Error, exchange: Exchange): Promise<Response> {
  const outage = outageOf(error)
  if (outage) return refuse(exchange, 'try_again', { seconds: outage.retryAfterSeconds })
  if (error instanceof SurveyKeysMissing) return withoutKeys(exchange, error)
  meter.failed(exchange.req, error)
  return refuse(exchange, 'failed')
}

/** Nobody can be told apart, or no receipt checked: whom to call. A survey that is not open says only that. */
async function withoutKeys(exchange: Exchange, { survey: name, kind }: SurveyKeysMissing): Promise<Response> {
  const { world, locale } = exchange
  const [jid = '', sid = ''] = name.split('/')
  const context = await findContext(world, jid, sid).catch(() => null)
  if (!context) return refuse(exchange, 'try_again')
  const survey = surveyHead(context, locale)
  const state = entryState(context, world.now())
  // Keys whose time is over are destroyed; only a receipt is asked for later.
  if (kind !== 'receipt' && state !== 'open')
    return refuse(exchange, state, { survey, state: stateOf(context, state, locale) })
  if (firstThisMinute(world, `keys|${name}`))
    world.log({ at: new Date(world.now()).toISOString(), event: 'keys-missing', survey: name, kind })
  const { phone } = survey
  return refuse(exchange, 'try_again', { seconds: 3_600, survey, state: { code: 'keys_missing', phone } })
}
