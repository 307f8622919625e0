import { encode } from 'uqr'

/**
 * A text as a QR code that a camera reads from a screen or from paper; `label` says to others what it is. With `correction`
 * Q a quarter of it may be lost, with M a seventh.
 */
export function QrCode({ text, label, correction = 'M' }: { text: string; label: string; correction?: 'M' | 'Q' }) {
  const { data, size } = encode(text, { ecc: correction, border: 4 })
  const dark = data.flatMap((row, y) => runsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`)).join('')
  // Dark on white whatever the colours of the page, and a white edge: cameras want it so.
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} width="220" height="220">
      <path fill="#fff" d={`M0 0h${size}v${size}h-${size}z`} />
      <path fill="#000" d={dark} shape-rendering="crispEdges" />
    </svg>
  )
}

/** Beginnings and lengths of the dark squares that stand side by side. */
function runsOf(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = []
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue
    const begin = x
    while (row[x + 1]) x += 1
    runs.push([begin, x + 1 - begin])
  }
  return runs
}
