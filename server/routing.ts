import { Hono } from 'hono'
import { inspectRoutes } from 'hono/dev'
import { answer } from './ballot/answer.tsx'
import { firstThisMinute } from './guard.ts'
import { SurveyKeysMissing } from './keys.ts'
import { createMeter, type Meter } from './meter.ts'
import { outageOf } from './outage.ts'
import { policyFaults } from './policy.ts'
import { refuse, restSeconds } from './problem.tsx'
import { respondentRoutes } from './respondent-routes.ts'
import { bareExchange, type Exchange, type Route } from './route.ts'
import { RouterByFirstPart } from './router.ts'
import { entryState, findContext, stateOf, surveyHead } from './surveys.ts'
import type { World } from './world.ts'

/**
 * The same for a process that mostly serves respondents: what else there is, is brought step by step by the first request
 * that is for none of the routes before, and takes no memory until then.
 */
export function createAppInSteps(
  world: World,
  first: readonly Route[],
  ...later: readonly (() => Promise<readonly Route[]>)[]
): Hono {
  return inSteps(world, createMeter(world), first, later)
}

function inSteps(
  world: World,
  meter: Meter,
  routes: readonly Route[],
  [bring, ...later]: readonly (() => Promise<readonly Route[]>)[],
): Hono {
  const app = appOf(world, meter, routes)
  if (!bring) return app
  let next: Promise<Hono> | null = null
  app.notFound(async ({ req, env }) => {
    next ??= bring().then((brought) => inSteps(world, meter, brought, later))
    try {
      return (await next).fetch(req.raw, env)
    } catch (error) {
      next = null
      throw error
    }
  })
  return app
}

/** The application of some routes. */
export function appOf(world: World, meter: Meter, routes: readonly Route[]): Hono {
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
