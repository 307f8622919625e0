import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findCommand } from '../server/node/commands.ts'

const root = join(import.meta.dirname, '..')
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name))
const pages = [
  ...readdirSync(root),
  ...['surveys/README.md', 'surveys/README.zh-CN.md'],
  ...docs.filter((name) => !name.startsWith('docs/decisions')),
].filter((name) => name.endsWith('.md'))
const pictures = docs.filter((name) => /\.(png|webp|svg|jpg)$/.test(name))

/** What a page points at, outside of its examples: `docs/how-to.md`, and behind `#` a heading. */
function linksOf(page: string, text = readFileSync(join(root, page), 'utf8')): { target: string; heading: string }[] {
  return [...withoutExamples(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => decodeURI(link!))
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file, heading = ''] = link.split('#')
      return { target: file === '' ? page : relative(root, join(root, dirname(page), file!)), heading }
    })
}

const withoutExamples = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '``')

/** Links of a page that lead to no file, or to no heading of one. */
const brokenLinks = (page: string, text?: string) =>
  linksOf(page, text).filter(({ target, heading }) => {
    if (!existsSync(join(root, target))) return true
    return heading !== '' && !anchorsOf(target).includes(heading)
  })

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}

describe.each(pages)('%s', (page) => {
  test('leads nowhere that is not there', () => {
    expect(brokenLinks(page)).toEqual([])
  })

  test('names only commands that there are', () => {
    const text = readFileSync(join(root, page), 'utf8')
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
    // `npm run bench:…` stands for several.
    const isScript = (name: string) =>
      Object.keys(scripts).some((each) => each === name || (name.endsWith(':') && each.startsWith(name)))
    const named = [...text.matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name!)
    expect(named.filter((name) => !isScript(name))).toEqual([])
    const own = [...text.matchAll(/(?:npm run gongping --|--run gongping) ([a-z]+(?: [a-z0-9-]+)?)/g)]
    const words = own.map(([, name]) => name!.split(' '))
    expect(words.filter((name) => findCommand(name) === null)).toEqual([])
  })
})

test('a link to a page or a heading that is not there is found', () => {
  const text = '[a](how-to.md) [b](how-two.md) [c](operate.md#6-keys) [d](operate.md#6-locks) `[e](in-code.md)`'
  expect(brokenLinks('docs/README.md', text)).toEqual([
    { target: 'docs/how-two.md', heading: '' },
    { target: 'docs/operate.md', heading: '6-locks' },
  ])
})

/** What a page of steps says is to be read in the product: bold words without a full stop, italic ones, and those in “”. */
function quotedIn(page: string): string[] {
  const text = withoutExamples(readFileSync(join(root, page), 'utf8')).replace(/!?\[[^\]]*\]\([^)]*\)/g, '')
  const quoted = page.endsWith('.zh-CN.md') ? [...text.matchAll(/“([^”]+)”/g)] : []
  return [...text.matchAll(/\*\*([^*]+)\*\*/g), ...text.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g), ...quoted]
    .map(([, words]) => words!.replace(/\s+/g, ' '))
    .filter((words) => !/[.。]$/.test(words))
}

test.each(['docs/tutorial.md', 'docs/tutorial.zh-CN.md', 'docs/how-to.md', 'docs/how-to.zh-CN.md'])(
  '%s quotes only what pages say',
  (page) => {
    const sources = ['client/messages', 'surveys/forms'].flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => join(folder, name)),
    )
    const said = [...sources, 'server/node/announce.ts']
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('\n')
    const quoted = quotedIn(page)
    expect(quoted.length).toBeGreaterThan(10)
    expect(quoted.filter((words) => !said.includes(words))).toEqual([])
  },
)

test('every page of the documentation is on its list', () => {
  const listed = new Set(linksOf('docs/README.md').map(({ target }) => target))
  expect(pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !listed.has(page))).toEqual([])
})

test('every picture is shown, and small', () => {
  const shown = new Set(pages.flatMap((page) => linksOf(page).map(({ target }) => target)))
  expect(pictures.filter((picture) => !shown.has(picture))).toEqual([])
  expect(pictures.filter((picture) => statSync(join(root, picture)).size > 60 * 1024)).toEqual([])
})

test('a Chinese page shows Chinese pictures, an English one English ones', () => {
  const foreign = pages.flatMap((page) => {
    const other = page.endsWith('.zh-CN.md') ? '.en.webp' : '.zh-CN.webp'
    const isBoth = page === 'docs/citizen.md' || page === 'docs/office.md'
    return isBoth ? [] : linksOf(page).filter(({ target }) => target.endsWith(other))
  })
  expect(foreign).toEqual([])
})
