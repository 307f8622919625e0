// Long because every rule stands here with what it reads.
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { parseSync } from 'vite'

/** What the compiler cannot refuse. Each rule has a planted breach in `test/architecture.test.ts`. */
export const ruleNames = [
  'folder',
  'package',
  'internal',
  'impure',
  'sql',
  'environment',
  'transaction',
  'any',
  'enum',
  'unchecked',
  'barrel',
  'drawer',
  'scope',
  'raw_html',
  'long',
  'syntax',
] as const

export type RuleName = (typeof ruleNames)[number]

export interface Breach {
  readonly file: string
  readonly line: number
  readonly rule: RuleName
  readonly found: string
}

interface Row {
  readonly folders: readonly string[]
  readonly packages: readonly string[]
}

const client = ['client', 'client/islands', 'surveys']
const server = ['server', ...client, 'db']
const serverPackages = [
  '@better-auth/utils',
  '@noble/hashes',
  'altcha-lib',
  'better-auth',
  'csv-parse',
  'fflate',
  'hono',
  'hpke',
  'jose',
  'oauth4webapi',
  'pinyin-pro',
  'preact',
  'preact-render-to-string',
  'read-excel-file',
  'standardwebhooks',
  'write-excel-file',
  'zod',
]

/**
 * Who may import whom. A file belongs to the row whose key is the longest folder above it; `test/` is in no row because
 * it may import everything.
 */
const importTable: Readonly<Record<string, Row>> = {
  surveys: { folders: ['surveys'], packages: ['zod'] },
  db: { folders: ['db', 'surveys'], packages: ['@libsql/client', 'drizzle-orm'] },
  'db/node': {
    folders: ['db', 'db/node', 'surveys'],
    packages: ['@libsql/client', 'drizzle-orm', 'libsql', 'node:*'],
  },
  'db/worker': { folders: ['db', 'db/worker', 'surveys'], packages: ['@libsql/client', 'drizzle-orm'] },
  client: { folders: client, packages: ['preact', 'uqr'] },
  'client/islands': {
    folders: client,
    packages: [
      '@noble/ed25519',
      '@noble/hashes',
      'altcha-lib',
      'chart.js',
      'hpke',
      'preact',
      'shamir-secret-sharing',
      'uqr',
    ],
  },
  server: { folders: server, packages: serverPackages },
  'server/node': {
    folders: [...server, 'db/node', 'server/node'],
    packages: [
      ...serverPackages,
      '@fastify/busboy',
      '@hono/node-server',
      'age-encryption',
      'hyparquet-writer',
      'node:*',
      'nodemailer',
      'shamir-secret-sharing',
    ],
  },
  // Development of the edge on one machine: the Workers runtime is a package there.
  'server/node/edge*.ts': {
    folders: [...server, 'db/node', 'server/node'],
    packages: [...serverPackages, 'node:*', 'miniflare', 'wrangler'],
  },
  'server/worker': {
    folders: [...server, 'db/worker', 'server/worker'],
    packages: ['@noble/hashes', 'cloudflare:workers', 'hono'],
  },
  // The start scripts build the client and the server before either can be imported.
  'server/node/*.mjs': { folders: ['server/node', 'dist'], packages: ['node:*', 'vite'] },
  '.': { folders: ['client', 'server'], packages: ['drizzle-kit', 'node:*', 'vite', 'vitest'] },
}

// Each of these is the first file of a process of its own.
const readsEnvironment =
  /^(server\/node\/(main|seed|recount|edge|export-keys|cli|verify|open-box)\.ts|server\/worker\/main\.ts|server\/node\/[^/]+\.mjs|test\/.+)$/
// standing-thread gets an established scope as data: a brand does not survive the way between threads.
const makesScope =
  /^(server\/guard\.ts|server\/node\/((demo|seed)[^.]*|standing-thread|log-thread|opening-thread|open-box|cli)\.ts|test\/.+)$/
const drawers = new Set(['utils', 'lib', 'helpers', 'common', 'services'])
const sqlPackages = new Set(['drizzle-orm', '@libsql/client', 'libsql'])
const outsideWorld = new Set(['fetch', 'globalThis', 'performance', 'process', 'setInterval', 'setTimeout'])
const randomness = new Set(['getRandomValues', 'randomUUID'])

// In capitals anywhere; in small letters only as the first word: "Select an agency from the list" is a sentence.
const statement = [
  'SELECT\\s[\\s\\S]*?\\bFROM\\s+\\S',
  'INSERT\\s+(?:OR\\s+\\w+\\s+)?INTO\\s',
  'UPDATE\\s+\\S+\\s+SET\\s',
  'DELETE\\s+FROM\\s',
  '(?:CREATE|ALTER|DROP)\\s+(?:UNIQUE\\s+)?(?:TABLE|INDEX|TRIGGER|VIEW)\\s',
  'PRAGMA\\s+\\w',
].join('|')
const sqlInCapitals = new RegExp(`\\b(?:${statement})`)
const sqlFirst = new RegExp(`^\\s*(?:${statement})`, 'i')

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

interface Place {
  readonly node: Node
  readonly parent: Node | undefined
  readonly key: string
}

/** Every breach of the rules in these files (path from the root, with `/`, to text), by file and line. */
export function findBreaches(files: ReadonlyMap<string, string>): Breach[] {
  return [...files]
    .flatMap(([file, text]) => breachesOf(file, text))
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}

/** The project's own files: the five source folders and the configuration beside them. */
export function readTree(root: string): Map<string, string> {
  const files = new Map<string, string>()
  const add = (path: string) => files.set(path, readFileSync(join(root, path), 'utf8'))
  for (const folder of ['surveys', 'db', 'client', 'server', 'test'])
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      if (entry.isFile() && /\.(c|m)?(t|j)sx?$|\.css$/.test(entry.name))
        add(posix.join(entry.parentPath.slice(root.length).replaceAll('\\', '/'), entry.name).replace(/^\//, ''))
  for (const name of readdirSync(root)) if (/\.(c|m)?(t|j)s$/.test(name)) add(name)
  return files
}

function breachesOf(file: string, text: string): Breach[] {
  const breaches: Breach[] = []
  const report = (rule: RuleName, offset: number, found: string) =>
    breaches.push({ file, line: text.slice(0, offset).split('\n').length, rule, found })

  const drawer = file.split('/').find((part) => drawers.has(part))
  if (drawer) report('drawer', 0, `folder ${drawer}`)
  const lines = text.replace(/\n$/, '').split('\n')
  const excuse = /\blong\b.*\bbecause\b/is.test(lines.slice(0, 3).join('\n'))
  if (lines.length > 400 && !excuse) report('long', 0, `${lines.length} lines`)
  if (!/\.(c|m)?(t|j)sx?$/.test(file)) return breaches

  const { program, comments, errors } = parseSync(file, text)
  for (const error of errors) report('syntax', error.labels[0]?.start ?? 0, error.message)
  for (const { value, start } of comments)
    if (/@ts-(ignore|nocheck)\b/.test(value)) report('unchecked', start, value.trim())

  // The parser's node types are a closed union of some two hundred; the walk needs only what all of them have.
  const tree = program as unknown as Node
  const places = [...walk({ node: tree, parent: undefined, key: '' })]
  if (isBarrel(file, tree)) report('barrel', 0, 'only passes on what others export')
  for (const place of places) {
    for (const [rule, found] of judge(file, place)) report(rule, place.node.start, found)
    const target = importTarget(place.node)
    if (target) for (const [rule, found] of judgeImport(file, target, place.node)) report(rule, place.node.start, found)
  }
  if (file.startsWith('surveys/'))
    for (const { node, found } of impurities(file, places)) report('impure', node.start, found)
  return breaches
}

function* judge(file: string, { node, parent, key }: Place): Generator<[RuleName, string]> {
  const inDatabase = file.startsWith('db/')
  if (node.type === 'TSAnyKeyword') yield ['any', 'any']
  if (node.type === 'TSEnumDeclaration') yield ['enum', 'enum']
  if (node.type === 'JSXIdentifier' || node.type === 'Identifier' || node.type === 'Literal')
    if ((node['name'] ?? node['value']) === 'dangerouslySetInnerHTML' && !file.startsWith('test/'))
      yield ['raw_html', 'dangerouslySetInnerHTML']
  // The browser's own store has such a method too.
  const isBrowser = file.startsWith('client/') || file.startsWith('test/e2e/')
  if (
    node.type === 'CallExpression' &&
    !inDatabase &&
    !isBrowser &&
    propertyName(child(node, 'callee')) === 'transaction'
  )
    yield ['transaction', '.transaction(']
  if (!inDatabase && !file.startsWith('test/')) {
    const sentence = wholeText(node, parent, key)
    if (sentence !== undefined && isSql(sentence)) yield ['sql', sentence.trim().slice(0, 60)]
  }
  if (!readsEnvironment.test(file) && readsEnv(node)) yield ['environment', 'the environment is read here']
}

function* judgeImport(file: string, target: string, node: Node): Generator<[RuleName, string]> {
  const row = rowOf(file)
  const names = importedNames(node)
  const builtIn = isBuiltin(target)
  if (target.startsWith('.')) {
    const path = posix.join(posix.dirname(file), target.replace(/\?.*$/, ''))
    if (path.startsWith('surveys/internal/') && !file.startsWith('surveys/')) yield ['internal', path]
    if (row && !row.folders.includes(folderOf(path))) yield ['folder', `${zoneOf(file)} imports ${path}`]
    const takesScope = names.includes('createScope') || (names.includes('*') && path === 'db/scope.ts')
    if (takesScope && !makesScope.test(file)) yield ['scope', 'createScope']
    return
  }
  const name = builtIn ? 'node:*' : packageOf(target)
  if (sqlPackages.has(name) && !/^(db|test)\//.test(file)) yield ['sql', `imports ${name}`]
  if (row && !row.packages.includes(name)) yield ['package', `${zoneOf(file)} imports ${target}`]
  const givesEnvironment = target === 'cloudflare:workers' || /^(node:)?process$/.test(target)
  if (givesEnvironment && names.includes('env') && !readsEnvironment.test(file)) yield ['environment', target]
}

/** Clock, randomness and input or output in the core, by name. A name the file declares itself is its own. */
function* impurities(file: string, places: readonly Place[]): Generator<{ node: Node; found: string }> {
  const declared = declaredNames(places)
  for (const { node, parent, key } of places) {
    if (node.type !== 'Identifier') continue
    const name = String(node['name'])
    if (randomness.has(name)) yield { node, found: name }
    if (file.endsWith('.d.ts')) {
      if (outsideWorld.has(name) && key === 'id') yield { node, found: `declares ${name}` }
      continue
    }
    if (declared.has(name) || !isReference(parent, key)) continue
    if (outsideWorld.has(name)) yield { node, found: name }
    const property = parent && key === 'object' ? propertyName(parent) : undefined
    if (name === 'Math' && (property === undefined || property === 'random')) yield { node, found: 'Math.random' }
    if (name === 'crypto' && property !== 'subtle') yield { node, found: `crypto.${property ?? ''}` }
    const fixedDate = parent?.type === 'NewExpression' && key === 'callee' && list(parent, 'arguments').length > 0
    if (name === 'Date' && !fixedDate && property !== 'UTC' && property !== 'parse') yield { node, found: 'Date' }
  }
}

/** The text of a string, a template or a chain of `+`, once, at its outermost node; holes become a question mark. */
function wholeText(node: Node, parent: Node | undefined, key: string): string | undefined {
  const isChain = node.type === 'BinaryExpression' && node['operator'] === '+'
  if (parent?.type === 'BinaryExpression' && parent['operator'] === '+' && (key === 'left' || key === 'right')) return
  if (isChain || node.type === 'Literal' || node.type === 'TemplateLiteral') return textOf(node)
  return
}

function isSql(text: string): boolean {
  return sqlInCapitals.test(text) || (/^\s*[a-z]/.test(text) && sqlFirst.test(text))
}

function textOf(node: Node | undefined): string {
  if (node?.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : '?'
  if (node?.type === 'BinaryExpression') return textOf(child(node, 'left')) + textOf(child(node, 'right'))
  if (node?.type !== 'TemplateLiteral') return '?'
  const parts = list(node, 'quasis').map((part) => String((part['value'] as { cooked?: string }).cooked ?? ''))
  return parts.join('?')
}

function readsEnv(node: Node): boolean {
  const isProcess = (of: Node | undefined) => of?.type === 'Identifier' && of['name'] === 'process'
  if (propertyName(node) === 'env') {
    const object = child(node, 'object')
    return isProcess(object) || propertyName(object) === 'process' || object?.type === 'MetaProperty'
  }
  const pattern = child(node, 'id')
  if (node.type !== 'VariableDeclarator' || pattern?.type !== 'ObjectPattern' || !isProcess(child(node, 'init')))
    return false
  return list(pattern, 'properties').some((property) => child(property, 'key')?.['name'] === 'env')
}

function isBarrel(file: string, program: Node): boolean {
  if (/(^|\/)index\.\w+$/.test(file)) return true
  const body = list(program, 'body')
  const passesOn = (node: Node) => node.type === 'ExportAllDeclaration' || isPlainExport(node)
  return body.some(passesOn) && body.every((node) => node.type === 'ImportDeclaration' || passesOn(node))
}

function isPlainExport(node: Node): boolean {
  return node.type === 'ExportNamedDeclaration' && !node['declaration'] && list(node, 'specifiers').length > 0
}

/** What an import, re-export, `import()`, import type or `new URL(…, import.meta.url)` points at. */
function importTarget(node: Node): string | undefined {
  const source = child(node, 'source') ?? child(node, 'argument')
  const carriers = /^(ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration|ImportExpression|TSImportType)$/
  if (carriers.test(node.type) && typeof source?.['value'] === 'string') return source['value']
  if (node.type === 'TSExternalModuleReference') return String(child(node, 'expression')?.['value'])
  if (node.type !== 'NewExpression' || child(node, 'callee')?.['name'] !== 'URL') return
  const [path, base] = list(node, 'arguments')
  const isBeside = propertyName(base) === 'url' && child(base, 'object')?.type === 'MetaProperty'
  return isBeside && typeof path?.['value'] === 'string' && /\.(m?ts|tsx|m?js)$/.test(path['value'])
    ? path['value']
    : undefined
}

function importedNames(node: Node): string[] {
  if (node.type === 'ImportExpression' || node.type === 'ExportAllDeclaration') return ['*']
  return list(node, 'specifiers').map((specifier) => {
    const name = child(specifier, 'imported') ?? child(specifier, node.type === 'ImportDeclaration' ? '' : 'local')
    return name ? String(name['name'] ?? name['value']) : '*'
  })
}

function rowOf(file: string): Row | undefined {
  const zone = zoneOf(file)
  return zone === 'test' ? undefined : (importTable[zone] ?? { folders: [], packages: [] })
}

function zoneOf(file: string): string {
  if (/^server\/node\/[^/]+\.mjs$/.test(file)) return 'server/node/*.mjs'
  return /^server\/node\/edge[^/]*\.ts$/.test(file) ? 'server/node/edge*.ts' : folderOf(file)
}

function folderOf(path: string): string {
  const parts = path.split('/')
  if (parts.length === 1) return '.'
  const two = parts.slice(0, 2).join('/')
  return parts.length > 2 && two in importTable ? two : parts[0]!
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

function propertyName(node: Node | undefined): string | undefined {
  if (node?.type !== 'MemberExpression') return
  const property = child(node, 'property')
  return String((node['computed'] ? property?.['value'] : property?.['name']) ?? '')
}

/** Names that a declaration, a parameter, an import or a `catch` gives a meaning of their own in this file. */
function declaredNames(places: readonly Place[]): Set<string> {
  const names = places.flatMap(({ node, parent, key }) => {
    const inType = parent?.type.startsWith('TS') && parent.type !== 'TSDeclareFunction'
    const binds = key === 'id' || key === 'params' || key === 'param'
    return (binds && !inType) || (key === 'local' && parent?.type.startsWith('Import')) ? patternNames(node) : []
  })
  return new Set(names)
}

function patternNames(node: Node | undefined): string[] {
  if (node?.type === 'Identifier') return [String(node['name'])]
  if (node?.type === 'ObjectPattern') return list(node, 'properties').flatMap((part) => patternNames(part))
  if (node?.type === 'ArrayPattern') return list(node, 'elements').flatMap((part) => patternNames(part))
  if (node?.type === 'Property') return patternNames(child(node, 'value'))
  return node ? patternNames(child(node, 'left') ?? child(node, 'argument')) : []
}

function isReference(parent: Node | undefined, key: string): boolean {
  if (parent?.type === 'MemberExpression') return key === 'object' || parent['computed'] === true
  if (key === 'key') return parent?.['computed'] === true
  if (key === 'imported' || key === 'exported') return false
  const wraps = /^TS(As|Satisfies|NonNull|Instantiation)Expression$|^TSTypeAssertion$/
  return parent !== undefined && (!parent.type.startsWith('TS') || wraps.test(parent.type))
}

function* walk(place: Place): Generator<Place> {
  yield place
  for (const [key, value] of Object.entries(place.node))
    for (const node of Array.isArray(value) ? value : [value])
      if (isNode(node)) yield* walk({ node, parent: place.node, key })
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

function child(node: Node | undefined, key: string): Node | undefined {
  const value = node?.[key]
  return isNode(value) ? value : undefined
}

function list(node: Node, key: string): Node[] {
  const value = node[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}
