import { checkText, verdictLines } from '../../client/parts/verdict-text.ts'
import { addressLimits } from '../../surveys/bundle.ts'
import { verifyBundle } from '../../surveys/publication.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { nodeBundleTools, type OpenBundle, openBundle } from './bundle-reading.ts'
import { localeOf } from './terminal.ts'

// `npm run verify -- DIR|URL`, or `npm run gongping -- publication verify DIR|URL`: checks published results from their files alone, without our database or keys, and says what
// it has checked. The files of an auditor are told by their names. Ends with 0 when all agrees, 1 at the first thing that
// does not, 2 when the files cannot be read. Of an address it takes a bounded number of bytes, into a folder that is gone
// when it ends, also when it is interrupted.

const gigabyte = 1_000_000_000
const usage = `npm run verify -- DIR|URL [--json] [--lang zh-CN] [--max-gb ${addressLimits.totalBytes / gigabyte}]
  DIR        a folder with the published files, or the address that holds SHA256SUMS
  --max-gb   how much is taken from an address at most, in gigabytes (10⁹ bytes)
`

/** Verifies what the words name. */
export async function verify(words: readonly string[], byEnvironment: Locale): Promise<number> {
  const asJson = words.includes('--json')
  const locale = localeOf(words.includes('--lang') ? words[words.indexOf('--lang') + 1] : undefined, byEnvironment)
  const targets = words.filter((word, at) => !word.startsWith('--') && !withValue.includes(words[at - 1] ?? ''))
  const [target] = targets
  const most = mostBytes(words)
  if (target === undefined || targets.length > 1 || most === null) {
    process.stderr.write(usage)
    return 2
  }
  const bundle = openBundle(target, most)
  const tools = nodeBundleTools()
  closeWhenInterrupted(bundle)
  try {
    const verdict = await verifyBundle(bundle.files, tools, {
      onPassed: (check) => {
        if (!asJson) process.stdout.write(`✓ ${checkText(check, locale)}\n`)
      },
    })
    if (asJson) process.stdout.write(`${JSON.stringify(verdict)}\n`)
    else {
      const lines = verdictLines(verdict, locale)
      const text =
        verdict.outcome === 'mismatch' ? [`✗ ${lines[0]}`, ...lines.slice(1).map((line) => `  ${line}`)] : lines
      const out = verdict.outcome === 'unreadable' ? process.stderr : process.stdout
      out.write(`${text.join('\n')}\n`)
    }
    return { good: 0, mismatch: 1, unreadable: 2 }[verdict.outcome]
  } finally {
    await Promise.all([bundle.close(), tools.close()])
  }
}

const withValue = ['--lang', '--max-gb']

function mostBytes(words: readonly string[]): number | null {
  if (!words.includes('--max-gb')) return addressLimits.totalBytes
  const gigabytes = Number(words[words.indexOf('--max-gb') + 1])
  return gigabytes > 0 && gigabytes < Infinity ? gigabytes * gigabyte : null
}

/** Ends with 128 and the number of the signal, as a shell says it, once nothing is left behind. */
function closeWhenInterrupted(bundle: OpenBundle): void {
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => void bundle.close().finally(() => process.exit(128 + number)))
  }
}
