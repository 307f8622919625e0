import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { normalCdf, normalQuantile, studentQuantile } from '../../surveys/distributions.ts'
import { differences, readVector, runDirectory } from '../vectors/run.ts'

const shared = new URL('../vectors/shared/', import.meta.url).pathname
const load = (id: string) => JSON.parse(readFileSync(join(shared, `${id}.json`), 'utf8'))

const fromR = new URL('../vectors/r/', import.meta.url).pathname
const idsIn = (directory: string) =>
  readdirSync(directory).flatMap((name) => (name.endsWith('.json') ? [name.replace(/\.json$/, '')] : []))
const ids = idsIn(shared)

describe('shared vectors', () => {
  test('there are 28 of them', () => {
    expect(ids).toHaveLength(28)
  })

  test.each(ids)('%s gives what the reference software gives', (id) => {
    expect(differences(readVector(shared, `${id}.json`), shared)).toEqual([])
  })
})

// Designs beyond the shared ones, mixed at random; test/vectors/r/generate.R makes any number of them.
describe('vectors made with the R package survey', () => {
  test.each(idsIn(fromR))('%s gives what R gives', (id) => {
    expect(differences(readVector(fromR, `${id}.json`), fromR)).toEqual([])
  })
})

describe('distributions', () => {
  const { input, expected } = load('distributions-01')
  const relative = (got: number, reference: number) => Math.abs(got / reference - 1)

  test('t quantiles agree with R to 13 digits, also for degrees of freedom that are not whole', () => {
    const worst = input.df.flatMap((df: number, i: number) =>
      input.p.map((p: number, j: number) => relative(studentQuantile(p, df), expected.qt[i][j])),
    )
    expect(Math.max(...worst)).toBeLessThan(1e-13)
  })

  test('normal probabilities and quantiles agree with R to 13 digits', () => {
    input.p.forEach((p: number, i: number) => {
      expect(relative(normalQuantile(p), expected.qnorm[i])).toBeLessThan(1e-13)
      expect(normalQuantile(1 - p)).toBeCloseTo(-expected.qnorm[i], 10)
    })
    input.z.forEach((z: number, i: number) => {
      expect(relative(normalCdf(z), expected.pnorm[i])).toBeLessThan(1e-13)
    })
  })

  // One degree of freedom: tan(π(p − ½)); two: (2p − 1)·√(2/(1 − (2p − 1)²)).
  test.each([0.51, 0.75, 0.975, 0.9995, 0.99999])('t quantile at %s agrees with the closed forms', (p) => {
    expect(relative(studentQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)))).toBeLessThan(1e-11)
    expect(relative(studentQuantile(p, 2), (2 * p - 1) * Math.sqrt(2 / (1 - (2 * p - 1) ** 2)))).toBeLessThan(1e-11)
    expect(studentQuantile(1 - p, 2)).toBeCloseTo(-studentQuantile(p, 2), 6)
  })

  test('the two ways of computing t meet at 100,000 degrees of freedom', () => {
    expect(relative(studentQuantile(0.975, 99_999.999), studentQuantile(0.975, 100_000.001))).toBeLessThan(1e-12)
    expect(studentQuantile(0.5, 7)).toBe(0)
  })

  test('what is no probability is refused', () => {
    for (const p of [0, 1, -1, Number.NaN]) {
      expect(() => studentQuantile(p, 5)).toThrow('studentQuantile needs a probability')
      expect(() => normalQuantile(p)).toThrow('normalQuantile needs a probability')
    }
    expect(() => studentQuantile(0.9, 0.5)).toThrow('studentQuantile needs at least one degree of freedom')
    expect(() => studentQuantile(0.9, Number.NaN)).toThrow('studentQuantile needs at least one degree of freedom')
    expect(() => normalCdf(Number.NaN)).toThrow('normalCdf needs a number')
  })
})

describe('npm run vectors', () => {
  const made: string[] = []
  afterEach(() => {
    for (const directory of made.splice(0)) rmSync(directory, { recursive: true })
  })
  function run(files: Record<string, unknown>): { code: number; lines: string[] } {
    const directory = mkdtempSync(join(tmpdir(), 'vectors-'))
    made.push(directory)
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content))
    }
    const lines: string[] = []
    return { code: runDirectory(directory, (line) => lines.push(line)), lines }
  }
  const good = load('group-02-leaders-strata-fpc')
  const altered = (change: (vector: typeof good) => void) => {
    const vector = structuredClone(good)
    change(vector)
    return vector
  }

  test('passes a directory whose files all agree', () => {
    const { code, lines } = run({ 'a.json': good, 'b.json': load('rounding-01'), 'README.md': 'not a vector' })
    expect(lines).toEqual(['pass       a.json', 'pass       b.json', '2 passed, 0 failed'])
    expect(code).toBe(0)
  })

  test('fails a file as soon as one number, flag, weight or row is off', () => {
    const changes: ((vector: typeof good) => void)[] = [
      (vector) => (vector.expected.score.se += 1e-7),
      (vector) => (vector.expected.score.df = 30),
      (vector) => (vector.expected.flags = ['lonely_stratum']),
      (vector) => (vector.expected.weights['r001'] += 1e-6),
      (vector) => delete vector.expected.weights['r001'],
      (vector) => delete vector.expected.questions.q3,
      (vector) => (vector.expected.score.ci = null),
      (vector) => (vector.expected.deffVsSrsWr = 1),
      (vector) => vector.input.rows.pop(),
    ]
    for (const change of changes) {
      const { code, lines } = run({ 'a.json': altered(change) })
      expect(lines[0]).toMatch(/^FAIL {7}a\.json: expected\./)
      expect(lines.at(-1)).toBe('0 passed, 1 failed')
      expect(code).toBe(1)
    }
  })

  test('uses the tolerance of the file', () => {
    const loose = altered((vector) => {
      vector.expected.score.se += 0.001
      vector.tolerance = { abs: 0.01, rel: 0 }
    })
    expect(run({ 'a.json': loose }).code).toBe(0)
    expect(run({ 'a.json': altered((vector) => (vector.tolerance = { exact: true })) }).code).toBe(1)
  })

  test('fails a file with a key that could change its meaning, and goes on with the others', () => {
    const changes: ((vector: typeof good) => void)[] = [
      (vector) => (vector.input.params.nonresponse = 'model'),
      (vector) => (vector.input.params.design.phase = 2),
      (vector) => (vector.input.params.design.strata.prov.mean = 80),
      (vector) => (vector.input.params.minimum = { n: 1, effectiveN: 30 }),
      (vector) => (vector.input.rows[0].weight = 2),
      (vector) => (vector.input.rows[0].a.q9 = 5),
      (vector) => (vector.expected.jackknife = null),
      (vector) => (vector.extra = true),
    ]
    for (const change of changes) {
      const { code, lines } = run({ 'a.json': altered(change), 'b.json': good })
      expect(lines.map((line) => line.slice(0, 4))).toEqual(['FAIL', 'pass', '1 pa'])
      expect(code).toBe(1)
    }
  })

  test('fails a file that is no vector by name, and goes on with the others', () => {
    const bad: unknown[] = [
      '{"id": ',
      '[]',
      {},
      altered((vector) => delete vector.tolerance),
      altered((vector) => (vector.tolerance = { abs: -1 })),
      altered((vector) => delete vector.input.rows),
      altered((vector) => (vector.input.rows[0].a.q1 = 6)),
      altered((vector) => (vector.input.rows[1].id = 'r001')),
      altered((vector) => (vector.expected = {})),
    ]
    for (const content of bad) {
      const { code, lines } = run({ 'a.json': content, 'b.json': good })
      expect(lines[0]).toMatch(/^MALFORMED {2}a\.json: ./)
      expect(lines.slice(1)).toEqual(['pass       b.json', '1 passed, 1 failed'])
      expect(code).toBe(1)
    }
  })

  test('fails a kind that is not built by name', () => {
    const { code, lines } = run({ 'a.json': { ...good, kind: 'seance' }, 'b.json': good })
    expect(lines).toEqual([
      expect.stringMatching(/^FAIL {7}a\.json: kind seance /),
      'pass       b.json',
      '1 passed, 1 failed',
    ])
    expect(code).toBe(1)
  })

  test('fails a directory that is missing or holds no vectors', () => {
    const lines: string[] = []
    expect(runDirectory(join(tmpdir(), 'no-such-directory'), (line) => lines.push(line))).toBe(1)
    expect(lines).toEqual([expect.stringContaining('needs a directory that can be read'), '0 passed, 1 failed'])
    expect(run({ 'notes.txt': 'none' })).toEqual({
      code: 1,
      lines: [expect.stringContaining('needs a directory with .json files'), '0 passed, 1 failed'],
    })
  })
})
