import { split } from 'shamir-secret-sharing'
import { encode } from 'uqr'
import { base64url } from '../../../surveys/canonical.ts'
import { fingerprint, trusteeLimits, writeShare } from '../../../surveys/shares.ts'
import { fill } from '../../messages/fill.ts'
import { makeKey, sha256 } from './keys.ts'
import { find, say, wordsOf } from './page.ts'

interface CeremonyWords {
  readonly turn: string
  readonly shareTitle: string
  readonly keptProblem: string
  readonly termsProblem: string
  readonly warning: string
  readonly allKept: string
  readonly fileNote: string
}

type Step = 'terms' | 'turn' | 'share' | 'done'

/**
 * The share ceremony: the key is made and cut here, each trustee in turn sees one share and takes it away, and only then
 * the form with the public part can be sent. A share is on the page only while its trustee looks at it.
 */
export function startCeremony(root: HTMLElement): void {
  const words = wordsOf<CeremonyWords>(root)
  const sid = root.dataset['sid'] ?? ''
  const steps = new Map<Step, HTMLElement>()
  for (const element of root.querySelectorAll<HTMLElement>('[data-step]'))
    steps.set(element.dataset['step'] as Step, element)
  const step = (name: Step) => steps.get(name)!
  const field = (name: string) => find<HTMLInputElement>(root, `#${name}`)
  /** What nobody but the trustees may know: gone piece by piece as they take it away. */
  const shares: Uint8Array[] = []
  const terms = { shares: 0, threshold: 0 }
  let print = ''
  let turn = 0

  const showStep = (name: Step) => {
    for (const [each, element] of steps) element.hidden = each !== name
    step(name).querySelector<HTMLElement>('[data-title]')?.focus()
  }
  const warn = () => {
    for (const place of root.querySelectorAll<HTMLElement>('[data-warning]'))
      say(place, fill(words.warning, { k: field('threshold').value }))
  }
  field('threshold').addEventListener('input', warn)

  const callNext = () => {
    turn += 1
    say(find(step('turn'), '[data-title]'), fill(words.turn, { i: turn, n: terms.shares }))
    showStep('turn')
  }

  /** Nobody who comes later can read on this page, or in its fields, what the trustee before them had. */
  const clearShare = () => {
    find(step('share'), '[data-text]').textContent = ''
    find(step('share'), '[data-qr]').replaceChildren()
    find<HTMLInputElement>(step('share'), '[data-kept]').checked = false
    say(find(step('share'), '[data-kept-problem]'), '')
  }

  const currentText = () => writeShare(sid, { index: turn, share: shares[turn - 1]! }, sha256)

  const acts: Readonly<Record<string, () => unknown>> = {
    async make() {
      terms.shares = Number(field('shares').value)
      terms.threshold = Number(field('threshold').value)
      const { fewest, most } = trusteeLimits
      const fits =
        Number.isInteger(terms.shares) &&
        Number.isInteger(terms.threshold) &&
        fewest <= terms.threshold &&
        terms.threshold <= terms.shares &&
        terms.shares <= most
      say(find(root, '[data-terms-problem]'), fits ? '' : words.termsProblem)
      if (!fits) return
      const { pk, scalar } = await makeKey()
      shares.push(...(await split(scalar, terms.shares, terms.threshold)))
      scalar.fill(0)
      print = fingerprint(await sha256(pk))
      for (const place of root.querySelectorAll<HTMLElement>('[data-print]')) say(place, print)
      const sent = { pk: base64url(pk), shares: String(terms.shares), threshold: String(terms.threshold) }
      for (const [name, value] of Object.entries(sent))
        find<HTMLInputElement>(step('done'), `[name=${name}]`).value = value
      warn()
      // Whoever leaves now leaves trustees with shares of a key that nobody else has heard of.
      addEventListener('beforeunload', keepHere)
      callNext()
    },
    async show() {
      const text = await currentText()
      say(find(step('share'), '[data-title]'), fill(words.shareTitle, { i: turn, n: terms.shares }))
      say(find(step('share'), '[data-text]'), text)
      find(step('share'), '[data-qr]').replaceChildren(drawCode(text))
      showStep('share')
    },
    async save() {
      const note = fill(words.fileNote, { survey: sid, i: turn, n: terms.shares, k: terms.threshold, print })
      saveFile(`gongping-${sid}-share-${turn}.txt`, `${await currentText()}\n${note}\n`)
    },
    print: () => window.print(),
    next() {
      if (!find<HTMLInputElement>(step('share'), '[data-kept]').checked) {
        say(find(step('share'), '[data-kept-problem]'), words.keptProblem)
        return
      }
      shares[turn - 1]!.fill(0)
      clearShare()
      if (turn < terms.shares) return callNext()
      say(find(step('done'), '[data-title]'), fill(words.allKept, { n: terms.shares }))
      showStep('done')
    },
  }
  root.addEventListener('click', (event) => {
    const name = event.target instanceof HTMLElement ? event.target.dataset['do'] : undefined
    if (name !== undefined) void acts[name]?.()
  })
  step('done').addEventListener('submit', () => removeEventListener('beforeunload', keepHere))
  // A page that the browser keeps for the way back must not keep a share; whoever comes back begins anew.
  addEventListener('pagehide', () => {
    for (const share of shares) share.fill(0)
    clearShare()
  })
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
  root.hidden = false
}

function keepHere(event: Event): void {
  event.preventDefault()
}

function saveFile(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000)
}

/** The text as a QR code: a picture of squares, with the text as its name. */
function drawCode(text: string): SVGSVGElement {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const names = 'http://www.w3.org/2000/svg'
  const picture = document.createElementNS(names, 'svg')
  picture.setAttribute('viewBox', `0 0 ${size} ${size}`)
  picture.setAttribute('aria-hidden', 'true')
  const squares = document.createElementNS(names, 'path')
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  squares.setAttribute('d', dark.join(''))
  picture.append(squares)
  return picture
}
