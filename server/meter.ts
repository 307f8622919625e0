import type { Context } from 'hono'
import { outageOf } from './outage.ts'
import type { Route } from './route.ts'
import type { World } from './world.ts'

/**
 * Counts and log lines. Respondents' requests are only counted per minute, route and status: a line per request would
 * be a time beside an answer. Staff requests and failures get a line; never a raw address, query, body or ticket.
 */
export interface Meter {
  measure(route: Route, context: Context, answer: () => Promise<Response>): Promise<Response>
  failed(req: string, error: Error): void
}

interface Counter {
  route: string
  method: string
  status: number
  requests: number
  milliseconds: number
}

/** What the line of a staff request says beyond its route; null for what was not established. */
export interface Facts {
  readonly req: string
  readonly jurisdiction: number | null
  readonly staff: string | null
}

const facts = new WeakMap<Request, Facts>()

export const factsOf = (request: Request): Facts | undefined => facts.get(request)

/** Adds to what is known of a request. */
export function noteFacts(request: Request, more: Partial<Facts>): void {
  facts.set(request, { ...(facts.get(request) ?? { req: '', jurisdiction: null, staff: null }), ...more })
}

const counters = new WeakMap<World, Map<string, Counter>>()

export function countersOf(world: World): readonly Counter[] {
  return [...(counters.get(world)?.values() ?? [])]
}

export function createMeter(world: World): Meter {
  const all = new Map<string, Counter>()
  counters.set(world, all)
  let minute = Math.floor(world.now() / 60_000)
  let sinceLast = new Map<string, number>()

  function count(route: Route, status: number, milliseconds: number): void {
    const key = `${route.method} ${route.path} ${status}`
    let counter = all.get(key)
    if (!counter) {
      counter = { route: route.path, method: route.method, status, requests: 0, milliseconds: 0 }
      all.set(key, counter)
    }
    counter.requests += 1
    counter.milliseconds += milliseconds
    const now = Math.floor(world.now() / 60_000)
    if (now !== minute) {
      for (const [name, requests] of sinceLast)
        world.log({ at: secondOf(minute * 60_000), event: 'requests', name, requests })
      sinceLast = new Map()
      minute = now
    }
    if (!Array.isArray(route.policy.who)) sinceLast.set(key, (sinceLast.get(key) ?? 0) + 1)
  }

  return {
    async measure(route, context, answer) {
      const started = world.now()
      const isStaff = Array.isArray(route.policy.who)
      const done = (status: number, bytes: number | null) => {
        const milliseconds = world.now() - started
        count(route, status, milliseconds)
        if (!isStaff) return
        const { method, raw } = context.req
        const line = { event: 'request', method, route: route.path, status, milliseconds, bytes }
        world.log({ at: secondOf(started), ...line, ...factsOf(raw) })
      }
      const response = await answer().catch((error: unknown) => {
        // The router turns it into an answer; counted here, where the route is known.
        done(outageOf(error) ? 503 : 500, null)
        throw error
      })
      if (!isStaff || context.req.method === 'HEAD') {
        done(response.status, 0)
        return response
      }
      // A stream ends when somebody leaves; its line is written when it begins.
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        done(response.status, null)
        return response
      }
      // Nobody has declared the length; of respondents' answers it is not asked.
      const bytes = new Uint8Array(await response.arrayBuffer())
      const { status, headers } = response
      done(status, bytes.length)
      return new Response(bytes.length > 0 ? bytes : null, { status, headers })
    },
    failed(req, error) {
      // The message of a thrown error may quote input, on lines that look like places; its name and the places that
      // stand behind it are enough to find it.
      const stack = error.stack ?? ''
      const end = stack.indexOf(error.message)
      const places = end < 0 ? '' : stack.slice(end + error.message.length)
      const place = places
        .split('\n')
        .filter((line) => line.trimStart().startsWith('at '))
        .slice(0, 4)
      world.log({
        at: secondOf(world.now()),
        event: 'failure',
        req,
        error: error.name,
        place: place.map((line) => line.trim()).join(' < '),
      })
    },
  }
}

const secondOf = (time: number) => new Date(Math.floor(time / 1_000) * 1_000).toISOString()
