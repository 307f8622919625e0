import { patterns } from '../client/urls.ts'
import { isHttps } from './config.ts'
import { securityHeaders } from './headers.ts'
import { countersOf } from './meter.ts'
import { refuse } from './problem.tsx'
import { defineRoute, type Exchange } from './route.ts'

/** Operation: is the process alive, can it take answers, how much has it done; and the built files. */
const open = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' } as const

export const health = defineRoute({
  method: 'GET',
  path: patterns.health,
  policy: open,
  handler: (exchange) => text(exchange, 'ok\n'),
})

export const ready = defineRoute({
  method: 'GET',
  path: patterns.ready,
  policy: open,
  async handler(exchange) {
    return (await exchange.world.ready()) ? text(exchange, 'ready\n') : text(exchange, 'not ready\n', 503)
  },
})

/** What everybody is told before there is an application: the process lives, and is not ready. */
export function starting(path: string, https: boolean): Response {
  if (path === patterns.health) return plain(https, 'ok\n')
  const answer = plain(https, 'not ready\n', 503)
  answer.headers.set('Retry-After', '2')
  return answer
}

/** Prometheus text. No label names an organ or a person. */
export const metrics = defineRoute({
  method: 'GET',
  path: patterns.metrics,
  policy: open,
  handler(exchange) {
    const writer = exchange.world.writer.stats()
    const lines = writer
      ? [
          '# TYPE gongping_writer_queued gauge',
          `gongping_writer_queued ${writer.queued}`,
          '# TYPE gongping_writer_batches_total counter',
          `gongping_writer_batches_total ${writer.batches}`,
          '# TYPE gongping_writer_items_total counter',
          `gongping_writer_items_total ${writer.items}`,
        ]
      : []
    lines.push('# TYPE gongping_requests_total counter')
    const counters = countersOf(exchange.world)
    const label = (counter: (typeof counters)[number]) =>
      `{method="${counter.method}",route="${counter.route.replaceAll('\\', '\\\\')}",status="${counter.status}"}`
    for (const counter of counters) lines.push(`gongping_requests_total${label(counter)} ${counter.requests}`)
    lines.push('# TYPE gongping_request_milliseconds_total counter')
    for (const counter of counters)
      lines.push(`gongping_request_milliseconds_total${label(counter)} ${counter.milliseconds}`)
    return text(exchange, `${lines.join('\n')}\n`)
  },
})

const text = (exchange: Exchange, body: string, status = 200): Response =>
  plain(isHttps(exchange.world.config), body, status)

function plain(https: boolean, body: string, status = 200): Response {
  return new Response(body, {
    status,
    headers: { ...securityHeaders('data', https), 'Content-Type': 'text/plain; charset=utf-8' },
  })
}

/** Built scripts by exact name; the name holds a hash of the content, so they never change. */
export const asset = defineRoute({
  method: 'GET',
  path: patterns.asset,
  policy: { ...open, cache: 'public' },
  async handler(exchange) {
    const file = await exchange.world.readAsset(
      exchange.params.file,
      exchange.request.headers.get('accept-encoding') ?? '',
    )
    if (!file) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('data', isHttps(exchange.world.config)))
    headers.set('Content-Type', 'text/javascript; charset=utf-8')
    headers.set('Cache-Control', 'public, max-age=31536000, immutable')
    headers.set('Vary', 'Accept-Encoding')
    if (file.encoding) headers.set('Content-Encoding', file.encoding)
    return new Response(file.bytes, { headers })
  },
})
