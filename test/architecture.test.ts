import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBreaches, type RuleName, readTree, ruleNames } from './support/architecture.ts'

const root = join(import.meta.dirname, '..')
const at = (file: string, text: string) => findBreaches(new Map([[file, text]]))
const long = (first: string) => `${first}\n${'export {}\n'.repeat(400)}`

describe('findBreaches', () => {
  test('finds none in the project', () => {
    const tree = readTree(root)
    expect(tree.has('surveys/rational.ts') && tree.has('test/architecture.test.ts')).toBe(true)
    const breaches = findBreaches(tree)
    expect(breaches.map(({ file, line, rule, found }) => `${file}:${line} ${rule}: ${found}`)).toEqual([])
  })

  /** A breach that must be found on this line of this file. */
  const planted: readonly { rule: RuleName; file: string; line: number; text: string }[] = [
    { rule: 'folder', file: 'surveys/tally.ts', line: 2, text: "\nimport type { Writer } from '../db/database.ts'" },
    {
      rule: 'folder',
      file: 'client/pages/index-page.tsx',
      line: 1,
      text: "import { open } from '../../db/node/open.ts'",
    },
    { rule: 'folder', file: 'db/setup.ts', line: 1, text: "export * from './node/open.ts'\nexport const one = 1" },
    { rule: 'folder', file: 'db/tallies.ts', line: 1, text: "export type Page = import('../client/urls.ts').Urls" },
    {
      rule: 'folder',
      file: 'server/respond.tsx',
      line: 2,
      text: "\nexport const start = () => import('./node/main.ts')",
    },
    { rule: 'folder', file: 'server/app.ts', line: 1, text: "new URL('../db/node/writer-thread.ts', import.meta.url)" },
    { rule: 'folder', file: 'server/office/dashboard.tsx', line: 1, text: "import { main } from '../worker/main.ts'" },
    { rule: 'package', file: 'surveys/plan.ts', line: 1, text: "import { Hono } from 'hono'" },
    { rule: 'package', file: 'surveys/plan.ts', line: 1, text: "import { readFileSync } from 'fs'" },
    { rule: 'package', file: 'client/pages/dashboard.tsx', line: 1, text: "import Chart from 'chart.js/auto'" },
    { rule: 'package', file: 'server/app.ts', line: 1, text: "import { createServer } from 'node:http'" },
    { rule: 'package', file: 'server/worker/main.ts', line: 1, text: "import { z } from 'zod'" },
    { rule: 'package', file: 'server/node/start.mjs', line: 1, text: "import { Hono } from 'hono'" },
    { rule: 'package', file: 'server/app.ts', line: 3, text: "\n\nimport 'not-yet-chosen'" },
    { rule: 'internal', file: 'server/app.ts', line: 1, text: "import { lentz } from '../surveys/internal/beta.ts'" },
    { rule: 'impure', file: 'surveys/cycle.ts', line: 2, text: '// the day\nexport const today = Date.now()' },
    { rule: 'impure', file: 'surveys/cycle.ts', line: 1, text: 'export const today = new Date()' },
    { rule: 'impure', file: 'surveys/cycle.ts', line: 1, text: 'const { now } = Date' },
    { rule: 'impure', file: 'surveys/tally.ts', line: 1, text: "export const any = Math['random']()" },
    { rule: 'impure', file: 'surveys/tally.ts', line: 1, text: 'const { random } = Math' },
    { rule: 'impure', file: 'surveys/tally.ts', line: 1, text: 'export const start = performance.now()' },
    { rule: 'impure', file: 'surveys/ballot.ts', line: 1, text: 'crypto.getRandomValues(new Uint8Array(16))' },
    { rule: 'impure', file: 'surveys/ballot.ts', line: 1, text: 'export const id = crypto.randomUUID()' },
    { rule: 'impure', file: 'surveys/plan.ts', line: 1, text: "const plan = await fetch('/plan.json')" },
    { rule: 'impure', file: 'surveys/plan.ts', line: 1, text: 'process.stdout.write(plan)' },
    {
      rule: 'impure',
      file: 'surveys/plan.ts',
      line: 1,
      text: 'export const send = globalThis.fetch, wait = setTimeout',
    },
    {
      rule: 'impure',
      file: 'surveys/platform.d.ts',
      line: 2,
      text: '\ndeclare function fetch(address: string): unknown',
    },
    { rule: 'sql', file: 'server/results.tsx', line: 1, text: "import { sql } from 'drizzle-orm'" },
    { rule: 'sql', file: 'server/node/main.ts', line: 1, text: "import Database from 'libsql'" },
    { rule: 'sql', file: 'server/results.tsx', line: 2, text: "\nread('SELECT n FROM tally')" },
    { rule: 'sql', file: 'server/results.tsx', line: 1, text: `read(\`select n\nfrom \${table} where id = 1\`)` },
    { rule: 'sql', file: 'server/results.tsx', line: 1, text: "read('SELECT n ' + 'FROM ' + table)" },
    { rule: 'sql', file: 'server/ballot/answer.ts', line: 1, text: "write('INSERT OR IGNORE INTO slip VALUES (1)')" },
    { rule: 'sql', file: 'server/ballot/answer.ts', line: 1, text: "write('UPDATE survey SET state = 1')" },
    { rule: 'sql', file: 'server/ballot/answer.ts', line: 1, text: "write('DELETE FROM roll')" },
    { rule: 'sql', file: 'client/entry.ts', line: 1, text: "write('CREATE TABLE draft (a TEXT)')" },
    { rule: 'environment', file: 'server/config.ts', line: 1, text: "export const port = process.env['PORT']" },
    { rule: 'environment', file: 'server/node/key-store.ts', line: 2, text: '\nconst { env } = process' },
    { rule: 'environment', file: 'server/node/key-store.ts', line: 1, text: "import { env } from 'node:process'" },
    { rule: 'environment', file: 'server/worker/writer.ts', line: 1, text: "import { env } from 'cloudflare:workers'" },
    { rule: 'environment', file: 'client/entry.ts', line: 1, text: 'const mode = import.meta.env.MODE' },
    { rule: 'transaction', file: 'server/session.ts', line: 1, text: 'await world.db.transaction(async () => {})' },
    { rule: 'any', file: 'server/app.ts', line: 2, text: 'export const a = 1\nexport const b = (x: any) => x' },
    { rule: 'enum', file: 'surveys/cycle.ts', line: 1, text: 'export enum State { Open }' },
    {
      rule: 'unchecked',
      file: 'server/app.ts',
      line: 2,
      text: 'export const a = 1\n// @ts-ignore the types are wrong',
    },
    { rule: 'barrel', file: 'surveys/forms/index.ts', line: 1, text: 'export const form = 1' },
    {
      rule: 'barrel',
      file: 'surveys/all.ts',
      line: 1,
      text: "export * from './tally.ts'\nexport { a } from './plan.ts'",
    },
    { rule: 'barrel', file: 'surveys/all.ts', line: 1, text: "import { a } from './plan.ts'\nexport { a }" },
    { rule: 'drawer', file: 'server/helpers/time.ts', line: 1, text: 'export const day = 1' },
    { rule: 'scope', file: 'server/results.tsx', line: 1, text: "import { createScope } from '../db/scope.ts'" },
    {
      rule: 'scope',
      file: 'server/node/main.ts',
      line: 1,
      text: "import { createScope as s } from '../../db/scope.ts'",
    },
    { rule: 'scope', file: 'server/results.tsx', line: 1, text: "import * as scopes from '../db/scope.ts'" },
    { rule: 'raw_html', file: 'client/parts/note.tsx', line: 1, text: 'const a = <p dangerouslySetInnerHTML={{}} />' },
    { rule: 'raw_html', file: 'client/parts/note.tsx', line: 1, text: 'const a = { dangerouslySetInnerHTML: {} }' },
    { rule: 'long', file: 'server/app.ts', line: 1, text: long('/** The list of contents. */') },
    { rule: 'syntax', file: 'server/app.ts', line: 2, text: '\nlet a = = 1' },
  ]

  for (const { rule, file, line, text } of planted)
    test(`reports ${rule}: ${text.trim().split('\n').at(-1)!.slice(0, 70)}`, () => {
      expect(at(file, text)).toContainEqual({ file, line, rule, found: expect.any(String) })
    })

  test('has a planted breach for every rule', () => {
    expect(new Set(planted.map(({ rule }) => rule))).toEqual(new Set(ruleNames))
  })

  const innocent: readonly { why: string; file: string; text: string }[] = [
    {
      why: 'a comment is not code',
      file: 'surveys/tally.ts',
      text: "// Date.now() and process.env; import x from '../db/a.ts'\n/* SELECT a FROM b, enum, any */ export const a = 1",
    },
    {
      why: 'a sentence is not SQL',
      file: 'client/messages/en.ts',
      text: "export const a = 'Select one from the list'",
    },
    { why: 'db speaks SQL', file: 'db/tallies.ts', text: "export const a = 'SELECT n FROM tally'" },
    { why: 'a test may look into tables', file: 'test/db/roll.test.ts', text: "read('SELECT n FROM roll')" },
    {
      why: 'a given time is no clock',
      file: 'surveys/cycle.ts',
      text: 'export const day = (t: number) => new Date(t)',
    },
    { why: 'a type reads no clock', file: 'surveys/cycle.ts', text: 'export type From = { readonly from: Date }' },
    {
      why: 'own names are free',
      file: 'surveys/review.ts',
      text: 'export const rank = (performance: number) => performance',
    },
    { why: 'keys are names', file: 'surveys/review.ts', text: 'export const a = { process: 1, fetch: 2 }.process' },
    { why: 'hashing is given', file: 'surveys/merkle.ts', text: "export const h = crypto.subtle.digest('SHA-256', a)" },
    { why: 'main reads settings', file: 'server/node/main.ts', text: 'run(process.env)' },
    { why: 'the guard makes scopes', file: 'server/guard.ts', text: "import { createScope } from '../db/scope.ts'" },
    { why: 'a reason is given', file: 'server/app.ts', text: long('// Long because all routes stand in one list.') },
    { why: 'an entry only imports', file: 'client/entry.ts', text: "import './islands/draft.ts'" },
  ]

  for (const { why, file, text } of innocent)
    test(`lets pass: ${why}`, () => {
      expect(at(file, text)).toEqual([])
    })
})

describe('the TypeScript projects', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-types-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }

  // tsc prints "file(line,column): error TSnnnn: …" to standard output.
  const compile = (project: string) =>
    spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', '--pretty', 'false', project], {
      cwd: folder,
      encoding: 'utf8',
    })

  beforeAll(() => {
    const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
      references: { path: string }[]
    }
    cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
    for (const { path } of references) {
      write(join(path, 'thing.ts'), 'export const thing = 1\n')
      cpSync(join(root, path, 'tsconfig.json'), join(folder, path, 'tsconfig.json'))
    }
    write('surveys/platform.d.ts', readFileSync(join(root, 'surveys/platform.d.ts'), 'utf8'))
  })

  test('compile when nothing is planted', () => {
    expect(compile('.')).toMatchObject({ status: 0, stdout: '' })
  })

  const refused: readonly { what: string; project: string; text: string; code: RegExp }[] = [
    { what: 'the process in surveys', project: 'surveys', text: 'export const a = process.pid', code: /error TS2591:/ },
    { what: 'the network in surveys', project: 'surveys', text: "export const a = fetch('/')", code: /error TS2304:/ },
    {
      what: 'randomness in surveys',
      project: 'surveys',
      text: 'crypto.getRandomValues(new Uint8Array(1))',
      code: /error TS(2304|2339):/,
    },
    { what: 'a page in surveys', project: 'surveys', text: 'export const a = document.title', code: /error TS2584:/ },
    { what: 'client importing db', project: 'client', text: "export * from '../db/thing.ts'", code: /error TS6307:/ },
    { what: 'db importing client', project: 'db', text: "export * from '../client/thing.ts'", code: /error TS6307:/ },
    { what: 'surveys importing db', project: 'surveys', text: "export * from '../db/thing.ts'", code: /error TS6307:/ },
    {
      what: 'server importing db/node',
      project: 'server',
      text: "export * from '../db/node/thing.ts'",
      code: /error TS6307:/,
    },
    {
      what: 'files in server',
      project: 'server',
      text: "export { readFileSync } from 'node:fs'",
      code: /error TS2591:/,
    },
    { what: 'files in db', project: 'db', text: "export { readFileSync } from 'node:fs'", code: /error TS2591:/ },
    { what: 'a page in server', project: 'server', text: 'export const a = document.title', code: /error TS2584:/ },
  ]

  for (const { what, project, text, code } of refused)
    test(`refuse ${what}`, () => {
      const planted = join(project, 'planted.ts')
      write(planted, text)
      const { status, stdout } = compile(project)
      rmSync(join(folder, planted))
      expect(status).not.toBe(0)
      expect(stdout).toContain('planted.ts(1,')
      expect(stdout).toMatch(code)
    })

  test('let server/node read files', () => {
    write('server/node/planted.ts', "export { readFileSync } from 'node:fs'")
    expect(compile('server/node')).toMatchObject({ status: 0, stdout: '' })
    rmSync(join(folder, 'server/node/planted.ts'))
  })
})
