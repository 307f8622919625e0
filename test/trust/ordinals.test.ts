import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildChildren, type Children, lookAt, preparePlace, said, type SmallPlace, startAgain } from './support/small.ts'
import { whyNoFaults } from './support/strace.ts'

test('try', async () => {
  const children = await buildChildren()
  const place = await preparePlace()
  const t = Date.now()
  for (const at of [1, 3, 5, 9, 15]) {
    const url = await place.copy()
    const t0 = performance.now()
    const ran = await children.run({ do: 'submit', url, jurisdiction: place.jurisdiction, phases: [1, 1, 4, 1] }, { call: 'fsync', meets: 'SIGKILL', at })
    const t1 = performance.now()
    const left = await lookAt(url, place.jurisdiction, 7)
    const t2 = performance.now()
    const out = await startAgain(url, place.jurisdiction, 7)
    const t3 = performance.now()
    console.log(at, ran.lines.join('|'), ran.code, ran.wasKilled, ran.didFire, left.whole, left.halves, left.recount.differences.map((d) => d.what).join(), out.join(), (await lookAt(url, place.jurisdiction, 7)).recount.equal, t1 - t0, t2 - t1, t3 - t2)
  }
  console.log(Date.now() - t)
  await children.dispose()
  await place.dispose()
}, 60000)
