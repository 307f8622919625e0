import { lookup as ask, type LookupAddress } from 'node:dns'
import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { HookFailed, type HookGateway } from '../webhooks.ts'

// Staff enter these addresses, so they may name anything that this machine can reach: its own services, neighbours, the
// metadata of a cloud. Whatever is not out in the world is refused, after its name was resolved and for the very address that
// is then connected to.

const longestWaitMs = 10_000
const longestHeaders = 8 * 1024

/** Finds the addresses of a name; that of the system, or a test's. */
export type Resolve = (
  name: string,
  options: { readonly all: true },
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

/** Sends messages to programs. Only hosts of this list (`host:port`) may be inside the house. */
export function hookGateway(inside: readonly string[], resolve: Resolve = ask): HookGateway {
  return {
    post(url, headers, body) {
      const { protocol, hostname, host } = new URL(url)
      const name = hostname.replace(/^\[|\]$/g, '')
      const mayBeInside = inside.includes(host)
      // What is an address already is connected to without a lookup.
      if (!mayBeInside && isIP(name) !== 0 && !isOutside(name)) return Promise.reject(new HookFailed('address'))
      const request = protocol === 'https:' ? secure : plain
      return new Promise<number>((done, fail) => {
        const sent = request(url, {
          method: 'POST',
          headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
          agent: false,
          lookup: mayBeInside ? lookingUp(resolve) : lookingUp(resolve, isOutside),
          maxHeaderSize: longestHeaders,
          signal: AbortSignal.timeout(longestWaitMs),
        })
        sent.on('response', (answer) => {
          done(answer.statusCode ?? 0)
          // Nothing that it says is of interest, however long.
          sent.destroy()
        })
        sent.on('error', (error) => fail(failureOf(error)))
        sent.end(body)
      })
    },
  }
}

/** A lookup whose answers are all judged, and of which the connection takes one: it is never asked a second time. */
function lookingUp(resolve: Resolve, isGood: (address: string) => boolean = () => true): LookupFunction {
  return (name, options, done) => {
    resolve(name, { all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return done(error ?? new HookFailed('unreachable'), '', 4)
      if (!addresses.every(({ address }) => isGood(address))) return done(new HookFailed('address'), '', 4)
      if (options.all) return done(null, addresses)
      return done(null, first.address, first.family)
    })
  }
}

function failureOf(error: Error): HookFailed {
  if (error instanceof HookFailed) return error
  return new HookFailed(error.name === 'AbortError' || error.name === 'TimeoutError' ? 'timeout' : 'unreachable')
}

/** True for an address out in the world: none of this machine, of a private network, of the link, of many, or reserved. */
export function isOutside(address: string): boolean {
  if (isIP(address) === 4) return !notOutside.check(address, 'ipv4')
  // Of IPv6 only what is given out; what carries an IPv4 address inside is not.
  return isIP(address) === 6 && givenOut.check(address, 'ipv6') && !notOutside.check(address, 'ipv6')
}

const givenOut = new BlockList()
givenOut.addSubnet('2000::', 3, 'ipv6')

const notOutside = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  notOutside.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const)
  notOutside.addSubnet(network, prefix, 'ipv6')
