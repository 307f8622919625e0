import { grouped } from '../../parts/numbers.ts'

// The counts that change while people answer, and by which names page and stream call them.

/** How far a verified cell has come. `share`: received ÷ target × 100, '34.5'. */
export type CellCounts = {
  cell: string
  received: number
  target: number
  remaining: number
  share: string
}

export type SurveyCounts = {
  sid: string
  received: number
  target: number
  remaining: number
  share: string
  cells: readonly CellCounts[]
  channels: readonly { code: string; received: number; target: number; remaining: number }[]
  /** Responses that have arrived: in a sealed survey, envelopes that the public log has. */
  arrived: number
}

/** Names of counts, as elements of the page carry them. */
export const liveName = {
  of: (sid: string, what: 'received' | 'remaining' | 'share') => `${sid}.${what}`,
  cell: (sid: string, cell: string, what: 'received' | 'remaining' | 'share') => `${sid}.cell.${cell}.${what}`,
  /** Of all scored surveys together. */
  all: 'received',
  channel: (sid: string, code: string, what: 'received' | 'remaining') => `${sid}.channel.${code}.${what}`,
}

/** Every count as it is printed, by its name: the page is made of these texts, and the stream sends them. */
export function liveTexts(surveys: readonly SurveyCounts[]): Record<string, string> {
  // The open channel has no cells, and is in no sum.
  const scored = surveys.filter(({ cells }) => cells.length > 0)
  const all = scored.reduce((sum, { received }) => sum + received, 0)
  const texts: Record<string, string> = { [liveName.all]: grouped(all) }
  for (const { sid, received, remaining, share, cells, channels } of surveys) {
    texts[liveName.of(sid, 'received')] = grouped(received)
    texts[liveName.of(sid, 'remaining')] = grouped(remaining)
    texts[liveName.of(sid, 'share')] = share
    for (const cell of cells) {
      texts[liveName.cell(sid, cell.cell, 'received')] = grouped(cell.received)
      texts[liveName.cell(sid, cell.cell, 'remaining')] = grouped(cell.remaining)
      texts[liveName.cell(sid, cell.cell, 'share')] = cell.share
    }
    for (const { code, received: n, target, remaining: missing } of channels) {
      texts[liveName.channel(sid, code, 'received')] = grouped(n)
      if (target > 0) texts[liveName.channel(sid, code, 'remaining')] = grouped(missing)
    }
  }
  return texts
}
