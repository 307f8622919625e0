import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fill } from '../../client/messages/fill.ts'
import { logWatchMessages } from '../../client/messages/log-watch.ts'
import { fromBase64url } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { type Fetch, isLogAddress, type Look, lookAt, type Watched } from './log-watch.ts'

// `npm run gongping -- log watch URL…`: an independent monitor of public logs, for whoever does not run the server. It
// needs nothing but the network, and ends with 1 when a log is not what it was.

type Memory = Readonly<Record<string, Watched>>

interface Options {
  readonly urls: readonly string[]
  readonly everySeconds: number
  readonly once: boolean
  readonly state: string
  readonly key: string | undefined
  readonly locale: Locale
}

/** Watches the logs that the words name; the words behind `log`. */
export async function watchLogs(words: readonly string[], byEnvironment: Locale): Promise<number> {
  const options = readOptions(words, byEnvironment)
  if ('usage' in options) {
    process.stderr.write(`${options.usage}\n`)
    return 2
  }
  return watch(options)
}

function readOptions(words: readonly string[], byEnvironment: Locale): Options | { readonly usage: string } {
  let locale = byEnvironment
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        once: { type: 'boolean', default: false },
        every: { type: 'string', default: '3600' },
        state: { type: 'string', default: './gongping-log-watch.json' },
        key: { type: 'string' },
        lang: { type: 'string' },
      },
    })
    if (values.lang !== undefined) locale = values.lang.startsWith('zh') ? 'zh-CN' : 'en'
    const text = logWatchMessages(locale)
    const [verb, ...addresses] = positionals
    const urls = addresses.map((url) => url.replace(/\/+$/, ''))
    const everySeconds = Number(values.every)
    const isLanguage = values.lang === undefined || ['zh', 'zh-CN', 'en'].includes(values.lang)
    const isKey = values.key === undefined || fromBase64url(values.key)?.length === 32
    if (verb !== 'watch' || urls.length === 0 || !isLanguage || !isKey || !(everySeconds >= 1))
      return { usage: text.usage }
    const wrong = urls.find((url) => !isLogAddress(url))
    if (wrong !== undefined) return { usage: fill(text.badUrl, { url: wrong }) }
    return { urls, everySeconds, once: values.once, state: values.state, key: values.key, locale }
  } catch (error) {
    return { usage: `${(error as Error).message}\n\n${logWatchMessages(locale).usage}` }
  }
}

async function watch(options: Options): Promise<number> {
  const { urls, everySeconds, once, state, key, locale } = options
  const text = logWatchMessages(locale)
  let memory = readMemory(state)
  if (memory === null) {
    process.stderr.write(`${fill(text.badState, { file: state })}\n`)
    return 2
  }
  const other = urls.find((url) => key !== undefined && memory?.[url] !== undefined && memory[url].key !== key)
  if (other !== undefined) {
    process.stderr.write(`${fill(text.otherKey, { url: other, file: state })}\n`)
    return 2
  }
  for (;;) {
    let isUnseen = false
    let isBad = false
    for (const url of urls) {
      const look = await lookAt(url, memory[url] ?? null, fetchText, key)
      // Remembered before it is said: whoever reads the line finds it in the file.
      if (look.kind === 'first' || look.kind === 'grown') {
        memory = { ...memory, [url]: look.watched }
        writeMemory(state, memory)
      }
      const line = `${new Date().toISOString()} ${sentence(text, url, look, options)}\n`
      if (look.kind === 'bad') process.stderr.write(line)
      else process.stdout.write(line)
      isBad ||= look.kind === 'bad'
      isUnseen ||= look.kind === 'unreachable'
    }
    if (isBad) {
      process.stderr.write(`${fill(text.keep, { file: state })}\n`)
      return 1
    }
    if (once) return isUnseen ? 2 : 0
    await pause(everySeconds * 1_000)
  }
}

function sentence(text: ReturnType<typeof logWatchMessages>, url: string, look: Look, options: Options): string {
  switch (look.kind) {
    case 'first': {
      const { size, key } = look.watched
      const { fingerprint } = look
      return fingerprint === null
        ? fill(text.firstWithout, { url, size, key })
        : fill(text.first, { url, size, key, fingerprint })
    }
    case 'same':
      return fill(text.same, { url, size: look.watched.size })
    case 'grown':
      return fill(text.grown, { url, size: look.watched.size, more: look.watched.size - look.before })
    case 'unreachable': {
      const said = options.once ? text.unreachableOnce : text.unreachable
      return fill(said, { url, why: look.why, seconds: options.everySeconds })
    }
    case 'bad': {
      const { kind: _, fault, ...details } = look
      return fill(text[fault], { url, ...details })
    }
  }
}

const fetchText: Fetch = (address) => fetch(address, { signal: AbortSignal.timeout(20_000) })

/** What earlier looks remembered; empty without a file, null for a file of somebody else. */
function readMemory(file: string): Memory | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    // Only where there is none nothing was seen before: taking the first look again would forget what was.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? {} : null
  }
  try {
    const value = JSON.parse(text) as unknown
    return isMemory(value) ? value : null
  } catch {
    return null
  }
}

function isMemory(value: unknown): value is Memory {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((each: Partial<Watched> | null) => {
    const hasLength = (value: unknown) => fromBase64url(String(value))?.length === 32
    return hasLength(each?.root) && hasLength(each?.key) && Number.isSafeInteger(each?.size) && !!each?.origin
  })
}

function writeMemory(file: string, memory: Memory): void {
  writeFileSync(`${file}.unfinished`, `${JSON.stringify(memory, null, 2)}\n`)
  renameSync(`${file}.unfinished`, file)
}
