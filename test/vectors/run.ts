/**
 * `npm run vectors -- DIR`: computes every test vector of a directory with surveys/ and compares.
 *
 * A vector is a JSON file with an input and the result that other statistics software gave for it. One line per file,
 * at the end `N passed, M failed`. A design that is not built and a file that cannot be read fail by name, and so does a
 * directory without vectors; exit code 1 when anything failed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compute } from './compute.ts'
import { envelope, Malformed, readShape, type Vector } from './shapes.ts'

/** Reports of the reference software that are not results; see the README of the vectors. */
const diagnostics = new Set([
  'crossCheck',
  'maxMarginDeviation',
  'trimmed',
  'missingShares',
  'emptyQuestions',
  'emptyStrata',
  'emptyCategories',
])

/** Runs a directory: prints one line per file and returns the exit code. */
export function runDirectory(directory: string, print: (line: string) => void): 0 | 1 {
  const names = vectorFiles(directory)
  if (names === null || names.length === 0) {
    const need = names ? 'a directory with .json files' : 'a directory that can be read'
    print(`FAIL       vectors needs ${need}: ${directory}`)
    print('0 passed, 1 failed')
    return 1
  }
  let [passed, failed] = [0, 0]
  for (const name of names) {
    try {
      const problems = differences(readVector(directory, name), directory)
      if (problems.length === 0) passed += 1
      else failed += 1
      const more = problems.length > 3 ? ` (and ${problems.length - 3} more)` : ''
      print(
        problems.length === 0 ? `pass       ${name}` : `FAIL       ${name}: ${problems.slice(0, 3).join('; ')}${more}`,
      )
    } catch (error) {
      failed += 1
      const verdict = error instanceof Malformed ? 'MALFORMED ' : 'FAIL      '
      print(`${verdict} ${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  print(`${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

function vectorFiles(directory: string): string[] | null {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch {
    return null
  }
}

/** What differs between the vector's expectation and our result; empty when it passes. Throws for what is not built. */
export function differences(vector: Vector, directory: string): string[] {
  const expected = Object.fromEntries(Object.entries(vector.expected).filter(([key]) => !diagnostics.has(key)))
  if (Object.keys(expected).length === 0) throw new Malformed('expected holds nothing to compare')
  return compareValues(
    expected,
    compute(vector, (id) => readVector(directory, `${id}.json`)),
    vector.tolerance,
    'expected',
  )
}

/** A vector of a directory; throws Malformed for a file that is none. */
export function readVector(directory: string, name: string): Vector {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(join(directory, name), 'utf8'))
  } catch (error) {
    throw new Malformed(error instanceof Error ? error.message : 'cannot be read')
  }
  return readShape(envelope, json, 'file')
}

/** Maps whose keys must be the same on both sides; elsewhere we may know more than the file asks. */
const completeMaps = /\.(weights|questions|effectiveWeights)$/

function compareValues(expected: unknown, got: unknown, tolerance: Vector['tolerance'], path: string): string[] {
  if (typeof expected === 'number' && typeof got === 'number') {
    const distance = Math.abs(got - expected)
    const isClose =
      'exact' in tolerance
        ? got === expected
        : distance <= tolerance.abs || distance <= tolerance.rel * Math.abs(expected)
    return isClose ? [] : [`${path} is ${got}, not ${expected}`]
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) return [`${path} has ${got.length} entries, not ${expected.length}`]
    return expected.flatMap((value, i) => compareValues(value, got[i], tolerance, `${path}[${i}]`))
  }
  if (isRecord(expected) && isRecord(got)) {
    const extra = completeMaps.test(path) ? Object.keys(got).filter((key) => !Object.hasOwn(expected, key)) : []
    return [
      ...extra.map((key) => `${path} must not hold ${key}`),
      ...Object.keys(expected).flatMap((key) =>
        Object.hasOwn(got, key)
          ? compareValues(expected[key], got[key], tolerance, `${path}.${key}`)
          : [`${path}.${key} is not computed`],
      ),
    ]
  }
  // The reference software writes an empty map as an empty list.
  if (Array.isArray(expected) && expected.length === 0 && isRecord(got) && Object.keys(got).length === 0) return []
  return expected === got ? [] : [`${path} is ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = runDirectory(process.argv[2] ?? '(none given)', (line) => console.log(line))
}
