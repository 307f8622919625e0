import { describe, expect, test } from 'vitest'
import { allowances, createLimiter, type LimitClass } from '../../server/limits.ts'
import { networkOf } from '../../server/networks.ts'
import { nodeCryptography } from '../../server/node/platform.ts'

const minute = 60_000
const hour = 60 * minute

function limiterAt(time: number) {
  const clock = { time }
  const crypto = nodeCryptography()
  return { clock, limiter: createLimiter(crypto, () => clock.time) }
}

/** How many of `tries` requests pass. */
async function passing(limiter: ReturnType<typeof createLimiter>, limit: LimitClass, who: string, tries: number) {
  let passed = 0
  for (let at = 0; at < tries; at++) if ((await limiter.take(limit, who)) === 0) passed += 1
  return passed
}

describe('createLimiter', () => {
  test('a burst passes whole and the next request is told how long to wait', async () => {
    const { limiter, clock } = limiterAt(10 * hour)
    // 1,200 a minute are 20 a second, so one token takes a twentieth of a second: rounded up, one second.
    expect(await passing(limiter, 'submit', 'a', 700)).toBe(600)
    expect(await limiter.take('submit', 'a')).toBe(1)
    clock.time += 1_000
    expect(await passing(limiter, 'submit', 'a', 100)).toBe(20)
  })

  test('thirty wrong codes in ten minutes, then a wait of twenty seconds for the next', async () => {
    const { limiter, clock } = limiterAt(10 * hour)
    expect(await passing(limiter, 'code', 'a', 40)).toBe(30)
    // Three a minute: one in twenty seconds.
    expect(await limiter.take('code', 'a')).toBe(20)
    clock.time += 10 * minute
    expect(await passing(limiter, 'code', 'a', 40)).toBe(30)
  })

  test('three entries an hour without a proof of work', async () => {
    const { limiter } = limiterAt(10 * hour)
    expect(await passing(limiter, 'open', 'a', 5)).toBe(3)
    expect(await limiter.take('open', 'a')).toBe(20 * 60)
  })

  test('networks and kinds of request do not share a bucket', async () => {
    const { limiter } = limiterAt(10 * hour)
    await passing(limiter, 'code', 'a', 30)
    expect(await limiter.take('code', 'a')).toBeGreaterThan(0)
    expect(await limiter.take('code', 'b')).toBe(0)
    expect(await limiter.take('sms', 'a')).toBe(0)
  })

  test('what is given back can be taken again, and never more than was there', async () => {
    const limiter = createLimiter(nodeCryptography(), () => 0)
    for (let at = 0; at < 3; at++) expect(await limiter.take('open', 'a')).toBe(0)
    expect(await limiter.take('open', 'a')).toBeGreaterThan(0)
    await limiter.give('open', 'a')
    expect(await limiter.take('open', 'a')).toBe(0)
    for (let at = 0; at < 9; at++) await limiter.give('open', 'a')
    for (let at = 0; at < 3; at++) expect(await limiter.take('open', 'a')).toBe(0)
    expect(await limiter.take('open', 'a')).toBeGreaterThan(0)
  })

  test('a clock that goes back gives nothing away and takes nothing', async () => {
    const { limiter, clock } = limiterAt(10 * hour + 30 * minute)
    await passing(limiter, 'code', 'a', 29)
    clock.time -= 20 * minute
    expect(await passing(limiter, 'code', 'a', 5)).toBe(1)
  })

  test('every kind of request has a burst and comes back', () => {
    for (const { perMinute, burst } of Object.values(allowances)) {
      expect(perMinute).toBeGreaterThan(0)
      expect(burst).toBeGreaterThanOrEqual(1)
      // A bucket that nobody touches is forgotten after an hour, so by then it has to be full.
      expect(burst / perMinute).toBeLessThanOrEqual(60)
    }
  })

  test('a flood of new networks does not give an exhausted one its tokens back', async () => {
    const { limiter } = limiterAt(10 * hour)
    await passing(limiter, 'open', 'attacked', 3)
    for (let at = 0; at < 100_100; at++) await limiter.take('submit', `flood ${at}`)
    expect(await limiter.take('open', 'attacked')).toBeGreaterThan(0)
  })
})

describe('networkOf', () => {
  const proxies = ['10.0.0.0/8', '::1', '2001:db8:ffff::/48']

  test('without a trusted proxy the header is nothing but a claim', () => {
    expect(networkOf('203.0.113.9', '198.51.100.1', [])).toBe('203.0.113.9')
    expect(networkOf('203.0.113.9', '198.51.100.1', proxies)).toBe('203.0.113.9')
    // Control: from a proxy of ours the same header counts.
    expect(networkOf('10.1.2.3', '198.51.100.1', proxies)).toBe('198.51.100.1')
  })

  test('the rightmost address that is not a proxy counts, whatever the client wrote before it', () => {
    expect(networkOf('10.1.2.3', '1.1.1.1, 198.51.100.1, 10.9.9.9', proxies)).toBe('198.51.100.1')
    expect(networkOf('10.1.2.3', 'nonsense, 198.51.100.1', proxies)).toBe('198.51.100.1')
    expect(networkOf('10.1.2.3', '10.4.4.4, 10.5.5.5', proxies)).toBe('10.4.4.4')
    expect(networkOf('10.1.2.3', null, proxies)).toBe('10.1.2.3')
  })

  test('an IPv6 address counts as its /64, however it is written', () => {
    const same = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff:ffff:ffff:ffff',
      '2001:0DB8:0001:0002:0:0:0:9',
      '[2001:db8:1:2::5]',
      '[2001:db8:1:2::5]:4711',
      '2001:db8:1:2::1%eth0',
    ]
    const names = new Set(same.map((address) => networkOf(address, null, [])))
    expect(names.size).toBe(1)
    expect(networkOf('2001:db8:1:3::1', null, [])).not.toBe([...names][0])
    expect([...names][0]).not.toBe('unknown')
  })

  test('an IPv4 address inside IPv6 is the IPv4 address', () => {
    expect(networkOf('::ffff:203.0.113.9', null, [])).toBe('203.0.113.9')
    expect(networkOf('::ffff:10.1.2.3', '198.51.100.1', proxies)).toBe('198.51.100.1')
  })

  test('some proxies write the port behind the address', () => {
    expect(networkOf('10.1.2.3', '198.51.100.1:50234', proxies)).toBe('198.51.100.1')
    expect(networkOf('10.1.2.3', '[2001:db8:1:2::5]:4711', proxies)).toBe(networkOf('2001:db8:1:2::9', null, []))
  })

  test('prefixes are compared bit by bit', () => {
    const odd = ['172.16.0.0/12', '2001:db8:ffff::/48']
    expect(networkOf('172.31.255.255', '198.51.100.1', odd)).toBe('198.51.100.1')
    expect(networkOf('172.32.0.0', '198.51.100.1', odd)).toBe('172.32.0.0')
    expect(networkOf('2001:db8:ffff:9::1', '198.51.100.1', odd)).toBe('198.51.100.1')
    expect(networkOf('2001:db8:fffe::1', '198.51.100.1', odd)).not.toBe('198.51.100.1')
  })

  test('what is no address is one network of its own', () => {
    for (const text of [
      '',
      'localhost',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '1:2:3',
      '1::2::3',
      'gggg::1',
      '1:2:3:4:5:6:7:8:9',
    ]) {
      expect(networkOf(text, null, []), text).toBe('unknown')
    }
  })
})
