/** Network addresses, for limits only: nothing of them is stored or logged. */

/**
 * The network a request comes from: the rightmost address that is not one of our own proxies, an IPv6 address cut to
 * its /64. `peer` is the socket's address; the header counts only when the socket itself is a trusted proxy.
 */
export function networkOf(peer: string, forwardedFor: string | null, trusted: readonly string[]): string {
  let address = addressBytes(canonicalAddress(peer))
  if (forwardedFor !== null && isAmong(address, trusted)) {
    const hops = forwardedFor.split(',')
    for (let at = hops.length - 1; at >= 0; at--) {
      address = addressBytes(canonicalAddress(hops[at]!.trim()))
      if (!isAmong(address, trusted)) break
    }
  }
  if (address === null) return 'unknown'
  return address.length === 4 ? address.join('.') : `v6:${address.slice(0, 8).join('.')}`
}

/** True for the address of one of our own proxies. */
export function isTrusted(address: string, trusted: readonly string[]): boolean {
  return isAmong(addressBytes(canonicalAddress(address)), trusted)
}

/** True for an address or a network such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  const [, prefix, ...rest] = text.split('/')
  const { base } = readNetwork(text)
  if (base === null || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= base.length * 8)
}

interface Network {
  readonly base: readonly number[] | null
  readonly bits: number
}

function readNetwork(text: string): Network {
  const [address, prefix] = text.split('/')
  const base = addressBytes(canonicalAddress(address!))
  return { base, bits: prefix === undefined ? (base?.length ?? 0) * 8 : Number(prefix) }
}

// The list is one setting, and every request asks it: read once.
const read = new WeakMap<readonly string[], readonly Network[]>()

function isAmong(address: readonly number[] | null, networks: readonly string[]): boolean {
  if (address === null) return false
  let known = read.get(networks)
  if (!known) {
    known = networks.map(readNetwork)
    read.set(networks, known)
  }
  return known.some((network) => contains(network, address))
}

function contains({ base, bits }: Network, address: readonly number[]): boolean {
  if (base === null || base.length !== address.length) return false
  for (let bit = 0; bit < bits; bit += 8) {
    const at = bit / 8
    const mask = bits - bit >= 8 ? 0xff : (0xff << (8 - (bits - bit))) & 0xff
    if ((base[at]! & mask) !== (address[at]! & mask)) return false
  }
  return true
}

/** The bytes of an IPv4 address, letter by letter: every request comes from one, often through another. */
function fourBytes(address: string): number[] | null {
  const bytes: number[] = []
  let value = 0
  let digits = 0
  for (let at = 0; at <= address.length; at++) {
    const code = at < address.length ? address.charCodeAt(at) : 0x2e
    if (code >= 0x30 && code <= 0x39) {
      value = value * 10 + code - 0x30
      digits += 1
    } else {
      if (code !== 0x2e || digits === 0 || digits > 3 || value > 255) return null
      bytes.push(value)
      value = 0
      digits = 0
    }
  }
  return bytes.length === 4 ? bytes : null
}

function canonicalAddress(text: string): string {
  // What most sockets say needs no look at brackets, ports and zones.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return text
  const plain = text
    .replace(/^\[|\](:\d+)?$/g, '')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
    .toLowerCase()
  const mapped = plain.startsWith('::ffff:') ? plain.slice(7) : plain
  return mapped.includes('.') ? mapped : plain
}

function addressBytes(address: string): number[] | null {
  if (address.includes('.') && !address.includes(':')) return fourBytes(address)
  if (!address.includes(':')) return null
  const [head, tail, ...rest] = address.split('::')
  if (rest.length > 0) return null
  const words = (text: string | undefined) =>
    text ? text.split(':').map((word) => (/^[0-9a-f]{1,4}$/.test(word) ? Number.parseInt(word, 16) : Number.NaN)) : []
  const front = words(head)
  const back = words(tail)
  const missing = 8 - front.length - back.length
  if (tail === undefined ? missing !== 0 : missing < 0) return null
  const all = [...front, ...new Array<number>(Math.max(0, missing)).fill(0), ...back]
  if (all.length !== 8 || all.some(Number.isNaN)) return null
  return all.flatMap((word) => [word >> 8, word & 0xff])
}
