import { fieldworkMessages } from '../../client/messages/fieldwork.ts'
import { fill } from '../../client/messages/fill.ts'
import { liveTexts } from '../../client/pages/office/fieldwork-counts.ts'
import { grantsOf } from '../../db/accounts.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import type { Exchange } from '../route.ts'
import type { World } from '../world.ts'
import { type FieldworkTerms, readFieldworkCounts } from './fieldwork-view.ts'

// Server-sent events with the counts of a cycle's surveys. Each stream asks again and again whether its session still
// holds, sends what has changed, and now and then a line that says nothing, so that whoever stands in between keeps it open.

const lookMs = 2_000
const silentLooks = 7
/** Browsers hold six connections to a site: more streams than these would leave a person's other pages none. */
export const streamsPerSession = 3
const streamsInAll = 200

interface Streams {
  readonly bySession: Map<string, number>
  all: number
}

const streams = new WeakMap<World, Streams>()

/** Takes a place for one more stream; false where there are enough. */
function takePlace(world: World, session: string): boolean {
  const held = streams.get(world) ?? { bySession: new Map<string, number>(), all: 0 }
  streams.set(world, held)
  const own = held.bySession.get(session) ?? 0
  if (own >= streamsPerSession || held.all >= streamsInAll) return false
  held.bySession.set(session, own + 1)
  held.all += 1
  return true
}

function leavePlace(world: World, session: string): void {
  const held = streams.get(world)!
  const own = held.bySession.get(session)! - 1
  if (own > 0) held.bySession.set(session, own)
  else held.bySession.delete(session)
  held.all -= 1
}

/** How many streams are open. */
export const openStreams = (world: World): number => streams.get(world)?.all ?? 0

type StaffExchange = Exchange & { readonly staff: NonNullable<Exchange<string, readonly []>['staff']> }

/** The stream as an answer; null where there are enough already. */
export function countsStream(
  exchange: StaffExchange,
  scope: NonNullable<Exchange<string, readonly []>['scope']>,
  terms: FieldworkTerms,
): Response | null {
  const { world, staff, locale, request } = exchange
  const headers = {
    ...securityHeaders('data', isHttps(world.config)),
    'Content-Type': 'text/event-stream; charset=utf-8',
    // A proxy that gathers an answer before it passes it on would hold every event back.
    'X-Accel-Buffering': 'no',
  }
  if (request.method === 'HEAD') return new Response(null, { headers })
  if (!takePlace(world, staff.session)) return null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const end = () => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    leavePlace(world, staff.session)
  }
  const encoder = new TextEncoder()
  let sent = ''
  let silent = 0
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text))
      const look = async () => {
        if (!(await mayGoOn())) {
          send('event: end\ndata: {}\n\n')
          return close()
        }
        const { counts } = await readFieldworkCounts(world, scope, terms)
        const texts = liveTexts(counts)
        const now = JSON.stringify(texts)
        // Whoever does not read is not written to: the next look says the same and more.
        const isRead = (controller.desiredSize ?? 0) > 0
        if (isRead && (now !== sent || silent >= silentLooks)) {
          const updated = fill(fieldworkMessages(locale).updated, { time: momentText(world.now(), locale) })
          send(now === sent ? ': still here\n\n' : `event: counts\ndata: ${JSON.stringify({ updated, texts })}\n\n`)
          sent = now
          silent = 0
        } else silent += 1
      }
      const mayGoOn = async () => {
        const accounts = await world.accounts!()
        if (!(await world.ready()) || !(await accounts.isHeld({ id: staff.session, userId: staff.id }))) return false
        const held = await grantsOf(world.db, staff.id, world.now())
        return held.some(({ role, jurisdiction }) => role === staff.role && jurisdiction === scope.jurisdiction)
      }
      const close = () => {
        end()
        controller.close()
      }
      const again = () => {
        look()
          // The browser asks for the stream again by itself.
          .catch(() => !isOver && close())
          .finally(() => {
            if (!isOver) timer = setTimeout(again, lookMs)
          })
      }
      again()
    },
    cancel: end,
  })
  return new Response(body, { headers })
}
