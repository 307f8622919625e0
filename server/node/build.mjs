// Builds what people load (styles, islands) and what Node runs (dist/server). Vite does the work; this file only lists
// the entries and writes dist/assets.json: the texts that are inlined, their CSP hashes, and the file names by name.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const dist = join(root, 'dist')

const faces = ['respond', 'office', 'results']
// Pages with a form carry the whole script, the others only what they need.
const inlined = [
  { name: 'respond', source: 'client/islands/respond.ts', target: 'es2018' },
  { name: 'leaders', source: 'client/islands/leaders.ts', target: 'es2018' },
  { name: 'whole', source: 'client/islands/whole.ts', target: 'es2015' },
  { name: 'choose', source: 'client/islands/choose.ts', target: 'es2018' },
  { name: 'start', source: 'client/islands/start.ts', target: 'es2018' },
  { name: 'embed', source: 'client/islands/embed.ts', target: 'es2018' },
  { name: 'embedded', source: 'client/islands/embedded.ts', target: 'es2018' },
  // Part of a page that may be kept and run without us, on current browsers.
  { name: 'verify', source: 'client/islands/verify.ts', target: 'es2022' },
]
// Staff work with current browsers; what respondents load must run on old ones.
const linked = [
  { name: 'office', source: 'client/islands/office.ts', target: 'es2022' },
  { name: 'open', source: 'client/islands/open.ts', target: 'es2018' },
  { name: 'later', source: 'client/islands/later.ts', target: 'es2018' },
  { name: 'read', source: 'client/islands/read.ts', target: 'es2018' },
  { name: 'kiosk', source: 'client/islands/kiosk.ts', target: 'es2018' },
  { name: 'assist', source: 'client/islands/assist.ts', target: 'es2018' },
  // On older browsers it does not start, and the page is checked by the server.
  { name: 'check', source: 'client/islands/check.ts', target: 'es2020' },
  { name: 'kept', source: 'client/islands/kept.ts', target: 'es2022' },
  // Engines that cannot read it lack what sealing needs, or nearly: for them the server seals.
  { name: 'ballot', source: 'client/islands/ballot.ts', target: 'es2022' },
]
const nodeEntries = {
  main: 'server/node/main.ts',
  seed: 'server/node/seed.ts',
  recount: 'server/node/recount.ts',
  gongping: 'server/node/cli.ts',
  'open-box': 'server/node/open-box.ts',
  verify: 'server/node/verify.ts',
  'export-keys': 'server/node/export-keys.ts',
  edge: 'server/node/edge.ts',
  'writer-thread': 'db/node/writer-thread.ts',
  'standing-thread': 'server/node/standing-thread.ts',
  'log-thread': 'server/node/log-thread.ts',
  'signing-thread': 'server/node/signing-thread.ts',
  'box-thread': 'server/node/box-thread.ts',
  'verify-thread': 'server/node/verify-thread.ts',
}

const jsx = { jsx: { runtime: 'automatic', importSource: 'preact' } }
const quiet = { configFile: false, logLevel: 'warn', root, oxc: jsx, publicDir: false }

/** Newest modification time below the source folders, so that a start builds only when something changed. */
function newestSource() {
  let newest = 0
  const visit = (path) => {
    const stat = statSync(path)
    if (stat.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name))
    else newest = Math.max(newest, stat.mtimeMs)
  }
  for (const folder of ['surveys', 'db', 'client', 'server', 'package.json']) visit(join(root, folder))
  return newest
}

export function isStale() {
  const stamp = join(dist, 'assets.json')
  return !existsSync(stamp) || statSync(stamp).mtimeMs < newestSource()
}

const sha256 = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

async function buildIsland(build, { name, source, target }) {
  const result = await build({
    ...quiet,
    build: {
      write: false,
      target,
      modulePreload: false,
      rollupOptions: { input: join(root, source), output: { format: 'iife', entryFileNames: `${name}.js` } },
    },
  })
  return result.output[0].code.trim()
}

async function buildLinked(build, { name, source, target }) {
  const result = await build({
    ...quiet,
    build: {
      write: false,
      target,
      modulePreload: false,
      rollupOptions: {
        input: { [name]: join(root, source) },
        output: { entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
  return result.output.filter((part) => part.type === 'chunk')
}

/** What faces that draw figures have alike, after their own rules. */
const drawing = ['office', 'results']

/** One stylesheet per face: the shared tokens, then the face's own rules, minified for old engines. */
async function buildStyle(build, face) {
  const entry = `face-${face}.css`
  const names = ['tokens', face, ...(drawing.includes(face) ? ['figures'] : [])]
  const sources = names.map((name) => join(root, `client/styles/${name}.css`)).filter(existsSync)
  const result = await build({
    ...quiet,
    plugins: [
      {
        name: 'face',
        resolveId: (id) => (id === entry ? join(root, 'client/styles', entry) : null),
        load: (id) => (id.endsWith(entry) ? sources.map((file) => readFileSync(file, 'utf8')).join('\n') : null),
      },
    ],
    build: { write: false, cssTarget: 'chrome64', rollupOptions: { input: entry } },
  })
  return String(result.output.find((part) => part.fileName.endsWith('.css')).source).trim()
}

export async function buildClient() {
  const { build } = await import('vite')
  const folder = join(dist, 'client')
  mkdirSync(folder, { recursive: true })
  const assets = { styles: {}, scripts: {}, files: {} }
  const [styles, scripts, chunks] = await Promise.all([
    Promise.all(faces.map((face) => buildStyle(build, face))),
    Promise.all(inlined.map((entry) => buildIsland(build, entry))),
    Promise.all(linked.map((entry) => buildLinked(build, entry))),
  ])
  for (const [at, text] of styles.entries()) assets.styles[faces[at]] = { text, hash: sha256(text) }
  for (const [at, text] of scripts.entries()) assets.scripts[inlined[at].name] = { text, hash: sha256(text) }
  const written = new Set(['assets.json'])
  for (const chunk of chunks.flat()) {
    for (const suffix of ['', '.gz', '.br']) written.add(chunk.fileName + suffix)
    const bytes = Buffer.from(chunk.code)
    writeFileSync(join(folder, chunk.fileName), bytes)
    writeFileSync(join(folder, `${chunk.fileName}.gz`), gzipSync(bytes, { level: 9 }))
    writeFileSync(
      join(folder, `${chunk.fileName}.br`),
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    )
    if (chunk.isEntry) assets.files[chunk.name] = chunk.fileName
  }
  // At the edge the same list is read through the assets binding, as one of the files.
  writeFileSync(join(folder, 'assets.json'), JSON.stringify(assets))
  writeFileSync(join(dist, 'assets.json'), JSON.stringify(assets))
  dropOthers(folder, written)
}

// Old files go last: whoever runs from this folder meanwhile finds either the old file or the new one.
function dropOthers(folder, written) {
  for (const name of readdirSync(folder))
    if (!written.has(name)) rmSync(join(folder, name), { recursive: true, force: true })
}

// Packages of many small files, which are read faster as one and take less memory. What has native parts, or is needed only
// by some installations, stays outside.
const bundled = [
  /^(zod|drizzle-orm|hono|preact|preact-render-to-string|hpke|uqr|csv-parse|altcha-lib|shamir-secret-sharing)(\/|$)/,
  /^@(noble|hono)\//,
]

export async function buildServer() {
  const { build } = await import('vite')
  const folder = join(dist, 'server')
  const input = Object.fromEntries(Object.entries(nodeEntries).filter(([, file]) => existsSync(join(root, file))))
  const result = await build({
    ...quiet,
    ssr: { noExternal: bundled },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: {
        input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, join(root, file)])),
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
  dropOthers(folder, new Set(result.output.map((part) => part.fileName)))
}

export async function buildAll() {
  await buildServer()
  await buildClient()
}

/** `node server/node/build.mjs`: everything, with the sizes of what a first view loads unless `--quiet`. */
if (process.argv[1] && basename(process.argv[1]) === 'build.mjs') {
  await buildAll()
  if (!process.argv.includes('--quiet')) {
    const assets = JSON.parse(readFileSync(join(dist, 'assets.json'), 'utf8'))
    const size = (text) => `${text.length} B, gzip ${gzipSync(text).length} B`
    for (const [face, { text }] of Object.entries(assets.styles)) console.log(`style ${face}: ${size(text)}`)
    for (const [name, { text }] of Object.entries(assets.scripts)) console.log(`script ${name}: ${size(text)}`)
    console.log(`built into ${relative(process.cwd(), dist)}`)
  }
}
