import { createHash, randomBytes } from 'node:crypto'
import { fields as names, urls } from '../../../client/urls.ts'
import { openKeyStore } from '../../../server/node/key-store.ts'
import { liveTagInput, orderInput } from '../../../surveys/ballot.ts'
import type { Installation } from './installation.ts'
import type { Requests } from './load.ts'

/** Citizens who are about to send the form: each with the right to answer once, and with marks of their own. */
export interface Crowd extends Requests {
  /** The tag of number `at`'s receipt, as the writer will keep it. */
  tag(at: number): Uint8Array
  /** Mean size of a request. */
  readonly bytesPerRequest: number
}

export interface CrowdOptions {
  readonly installation: Installation
  readonly origin: string
  readonly jid: string
  readonly sid: string
  readonly organs: readonly string[]
  readonly count: number
}

const cities = [
  'yunhu',
  'pingchuan',
  'shiqiao',
  'qingxi',
  'dongping',
  'nanling',
  'beiyuan',
  'shuanghe',
  'bailu',
  'changdi',
  'meigang',
  'zhuxi',
  'songtai',
  '',
]
const ages = ['age18_44', 'age45_59', 'age60', '']
const sexes = ['male', 'female', '']
const dimensions = ['efficiency', 'attitude', 'law', 'open', 'clean']

/**
 * What browsers of so many people would post: three organs, overall marks for each, five dimensions for the first,
 * three declared margins, empty comments. Eligibility is sealed here with the installation's own day key, as the text
 * message would have given it; everything else about the request is decided by the server.
 */
export async function gatherCrowd({ installation, origin, jid, sid, organs, count }: CrowdOptions): Promise<Crowd> {
  const now = Date.now()
  const keys = openKeyStore(installation.keyFolder, () => now)
  const survey = `${jid}/${sid}`
  const path = urls.answer(jid, sid)
  const parts: Buffer[] = []
  const starts = new Float64Array(count + 1)
  const tags = Buffer.alloc(count * 32)
  let size = 0
  for (let at = 0; at < count; at++) {
    const pseudonym = new Uint8Array(await keys.pseudonym(survey, `bench-${at}`))
    const eligibility = { survey, pseudonym, cell: 'all', adapter: 'sms' as const, expires: now + 6 * 3_600_000 }
    const k = randomBytes(32)
    const body = formBody(await keys.sealEligibility(eligibility), k, organs, at)
    const request = Buffer.from(`${head(path, origin, at)}Content-Length: ${body.length}\r\n\r\n${body}`, 'latin1')
    parts.push(request)
    starts[at] = size
    size += request.length
    createHash('sha256')
      .update(liveTagInput(pseudonym, k))
      .digest()
      .copy(tags, at * 32)
  }
  starts[count] = size
  const all = Buffer.concat(parts)
  return {
    count,
    bytes: (at) => all.subarray(starts[at]!, starts[at + 1]!),
    tag: (at) => tags.subarray(at * 32, at * 32 + 32),
    bytesPerRequest: size / count,
  }
}

function formBody(elig: string, k: Buffer, organs: readonly string[], at: number): string {
  const chosen = [0, 1, 2].map((step) => organs[(at * 7 + step * 23) % organs.length]!)
  const ordered = seededOrder(k, chosen)
  const form = new URLSearchParams()
  form.append(names.eligibility, elig)
  form.append(names.requestKey, k.toString('base64url'))
  form.append(names.channel, '')
  for (const organ of chosen) form.append(names.organ, organ)
  for (const organ of ordered) {
    form.append(`q.${organ}.overall`, String(5 - ((at + organ.length) % 4)))
    if (organ === ordered[0])
      for (const [step, dimension] of dimensions.entries())
        form.append(`q.${organ}.${dimension}`, String(5 - ((at + step) % 3)))
    form.append(`c.${organ}`, '')
  }
  const declared = { city: cities[at % cities.length]!, age: ages[at % ages.length]!, sex: sexes[at % sexes.length]! }
  for (const [margin, value] of Object.entries(declared)) if (value !== '') form.append(`m.${margin}`, value)
  return form.toString()
}

// The device shows the organs in the order that k gives them; the first one is asked in detail.
function seededOrder(k: Buffer, organs: readonly string[]): string[] {
  const place = (organ: string) => createHash('sha256').update(orderInput(k, organ)).digest()
  return [...organs].sort((left, right) => Buffer.compare(place(left), place(right)))
}

/** The head that a phone's browser sends, behind a proxy that names one of sixteen thousand addresses. */
function head(path: string, origin: string, at: number): string {
  const host = origin.slice('http://'.length)
  const address = `10.${(at >> 12) & 3}.${(at >> 6) & 63}.${at & 63}`
  return [
    `POST ${path}?${names.locale}=zh-CN HTTP/1.1`,
    `Host: ${host}`,
    'Connection: keep-alive',
    'Cache-Control: max-age=0',
    `Origin: ${origin}`,
    'Content-Type: application/x-www-form-urlencoded',
    'Upgrade-Insecure-Requests: 1',
    'User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Dest: document',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: zh-CN,zh;q=0.9,en;q=0.8',
    `X-Forwarded-For: ${address}`,
    '',
  ].join('\r\n')
}
