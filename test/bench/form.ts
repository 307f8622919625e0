// Pages before the first answer: the start page of a survey and the code page, the same bytes for everyone, against
// node:http serving just these bytes. `--seconds=5 --warmup=2 --connections=64`, `--json`, `--gate`.
import { urls } from '../../client/urls.ts'
import { fetchPage, startFloor } from './support/floor.ts'
import { buildProduct, createInstallation, startProduct, withWorld } from './support/installation.ts'
import { type Requests, runLoad } from './support/load.ts'
import { openProvince } from './support/open-survey.ts'
import { memoryMb, watchProcessor } from './support/processor.ts'
import { gate, type Measured, option, runBenchmark, say } from './support/report.ts'

const connections = option('connections', 64)
const seconds = option('seconds', 5)
const warmupSeconds = option('warmup', 2)

await runBenchmark('bench:form', async (): Promise<Measured> => {
  buildProduct()
  const installation = createInstallation()
  say('preparing a province with an open public survey')
  const { place, cycle } = await withWorld(installation, (world) => openProvince(world, { citizens: 1_000 }))
  const { sid } = cycle.surveys.find(({ group }) => group === 'public')!
  const product = await startProduct(installation, { demo: false })
  const paths = { start: urls.start(place.code, sid), code: urls.code() }
  const accepted = { 'accept-encoding': 'br', 'accept-language': 'zh-CN' }
  const page = await fetchPage(`${product.origin}${paths.start}`, accepted)
  const codeBytes = (await fetchPage(`${product.origin}${paths.code}`, accepted)).body.length

  say('floor: node:http serving the same bytes')
  const raw = await startFloor(installation, page)
  const floor = await runLoad(load(raw.port, paths.start))
  await raw.stop()
  say(`start page ${paths.start}`)
  const processor = watchProcessor(product.child.pid)
  const start = await runLoad({ ...load(product.port, paths.start), onMeasure: processor.note })
  say(`code page ${paths.code}`)
  const code = await runLoad(load(product.port, paths.code))
  const again = await runLoad({
    ...load(product.port, paths.start, page.headers['etag']),
    warmupSeconds: 1,
    seconds: 2,
  })
  for (const [what, statuses] of [
    ['200', start.statuses],
    ['200', code.statuses],
    ['304', again.statuses],
  ] as const)
    if (Object.keys(statuses).join() !== what)
      throw new Error(`pages answered ${JSON.stringify(statuses)}, not ${what}`)
  const memory = memoryMb(product.child.pid)
  const use = processor.use()
  await product.stop()
  installation.remove()
  return {
    conditions: {
      connections,
      'warm-up seconds': warmupSeconds,
      'measured seconds': seconds,
      encoding: page.headers['content-encoding'] ?? 'identity',
      'bytes of the start page': page.body.length,
      'bytes of the code page': codeBytes,
      generator: 'own client over node:net, one request at a time on each connection, on the same processors',
      'processors taken by other programs': use.strangers,
    },
    figures: {
      'start page: GET per second': start.perSecond,
      'start page p50 ms': start.latency.p50,
      'start page p99 ms': start.latency.p99,
      'start page: CPU µs per request': (use.server * 1e6) / start.completed,
      'code page: GET per second': code.perSecond,
      'code page p99 ms': code.latency.p99,
      'unchanged (304): GET per second': again.perSecond,
      'memory MB after the load': memory.now,
    },
    floor: { 'node:http: GET per second': floor.perSecond, 'node:http p99 ms': floor.latency.p99 },
    ratio: { 'of node:http': start.perSecond / floor.perSecond },
    gates: [
      gate('at least', 'start page: GET per second', start.perSecond, 15_000),
      gate('at least', 'code page: GET per second', code.perSecond, 15_000),
    ],
  }
})

/** What a phone's browser sends for a page; with an ETag as on its second visit. */
function load(port: number, path: string, etag?: string) {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: keep-alive',
    'Upgrade-Insecure-Requests: 1',
    'User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Accept-Encoding: br',
    'Accept-Language: zh-CN,zh;q=0.9,en;q=0.8',
    ...(etag === undefined ? [] : [`If-None-Match: ${etag}`]),
  ]
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  const requests: Requests = { count: Number.POSITIVE_INFINITY, bytes: () => bytes }
  return { port, connections, requests, warmupSeconds, seconds }
}
