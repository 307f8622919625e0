// How a response comes in 答卷方式: on a device of one's own, at a device that many use, by telephone, on paper. Whatever the
// way, a person has one right to answer and uses it once. How many came by which way is counted and published, because people
// may say something else when somebody listens; what they said is never told apart by it.

export const ways = ['online', 'kiosk', 'phone', 'paper'] as const
export type Way = (typeof ways)[number]

/** Ways in which somebody of the staff writes the answers down. */
export type AssistedWay = 'phone' | 'paper'

const direct = 'direct'

/**
 * The channel under which a response is counted; `poster` is the code of the address that led here, or ''.
 * channelOf('online', '') // 'direct'; channelOf('kiosk', 'hall26') // 'kiosk:hall26'; channelOf('phone', '') // 'phone'
 */
export function channelOf(way: Way, poster: string): string {
  if (way === 'online') return poster || direct
  return way === 'kiosk' && poster ? `kiosk:${poster}` : way
}

/** The way and the poster of a channel: what `channelOf` was given. */
export function readChannel(channel: string): { readonly way: Way; readonly poster: string } {
  const [head = '', poster = ''] = channel.split(':')
  if (head === direct) return { way: 'online', poster: '' }
  const way = ways.find((each) => each === head && each !== 'online')
  return way ? { way, poster } : { way: 'online', poster: channel }
}

/** Whether a poster may have this code: none that is the name of a way. */
export const isPosterCode = (code: string): boolean => code !== direct && readChannel(code).poster === code

export type WayCounts = Readonly<Record<Way, number>>

/** Responses by way; their sum is the sum of `n`. */
export function countWays(rows: readonly { readonly channel: string; readonly n: number }[]): WayCounts {
  const counts = { online: 0, kiosk: 0, phone: 0, paper: 0 }
  for (const { channel, n } of rows) counts[readChannel(channel).way] += n
  return counts
}
