// `npm start`: builds what is out of date in a process of its own (the build's memory is not the server's), then starts.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const [major, minor] = process.versions.node.split('.').map(Number)
// What Vite needs, which builds.
const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22
if (!fits) {
  console.error(`Gongping needs Node 20.19 or newer, except 21 and 22 before 22.12; this is ${process.versions.node}`)
  process.exit(1)
}

const { isStale, root } = await import('./build.mjs')
const words = process.argv.slice(2)
if (isStale()) {
  // Standard output belongs to what is started: a secret, or JSON.
  process.stderr.write('building…\n')
  const built = spawnSync(process.execPath, [join(root, 'server/node/build.mjs'), '--quiet'], {
    stdio: ['inherit', process.stderr, 'inherit'],
    cwd: root,
  })
  if (built.status !== 0) process.exit(1)
}
if (!words.includes('--build-only')) {
  const at = words.indexOf('--run')
  const entry = at < 0 ? 'main' : words[at + 1]
  // What starting uses once would enlarge V8's young generation by tens of megabytes, and it stays so as long as nobody
  // comes. Afterwards it may grow as always.
  setFlagsFromString('--semi-space-growth-factor=1')
  await import(pathToFileURL(join(root, 'dist/server', `${entry}.js`)).href)
  setTimeout(setFlagsFromString, 1_500, '--semi-space-growth-factor=2').unref()
}
