/**
 * The staff pages' script. It only adds: charts beside their tables, a search that answers while one types, `/` to
 * reach it, files read into a box, a questionnaire shown while one types, drafts that save themselves, and every `details`
 * open on paper. Chart code is fetched when a chart comes into view,
 * code for the keys of sealed boxes on the pages about them.
 */
import { fill } from '../messages/fill.ts'
import { type ChartData, namedRows, shownRows } from './chart-data.ts'
import type { Titled } from './picture.ts'

function start(): void {
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-chart]')) prepareChart(figure)
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-table]')) prepareTable(figure)
  const search = document.querySelector<HTMLInputElement>('input[data-filter]')
  if (search) prepareSearch(search)
  for (const block of document.querySelectorAll<HTMLElement>('[data-load]')) prepareLoading(block)
  const edited = document.querySelector<HTMLFormElement>('form[data-preview]')
  if (edited) preparePreview(edited)
  const comments = document.querySelector<HTMLElement>('[data-comments]')
  if (comments) void import('./comment-keys.ts').then(({ startCommentKeys }) => startCommentKeys(comments))
  const stream = document.querySelector<HTMLElement>('[data-stream]')
  if (stream) void import('./fieldwork.ts').then(({ followCounts }) => followCounts(stream))
  const saving = document.querySelector<HTMLFormElement>('form[data-autosave]')
  if (saving) void import('./autosave.ts').then(({ startAutosave }) => startAutosave(saving))
  addEventListener('beforeprint', openDetails)
  // Few pages have to do with keys, and what works with keys is nobody else's code.
  if (document.querySelector('[data-box]')) void import('./box-key/start.ts').then(({ startBoxKeys }) => startBoxKeys())
}

function prepareChart(figure: HTMLElement): void {
  const frame = figure.querySelector<HTMLElement>('.canvas')
  const data = readData(figure)
  if (!frame) return
  // The frame takes its place at once, so that nothing moves when the chart is drawn.
  frame.hidden = false
  frame.classList.add(`canvas-${data.kind}`)
  const height = heightOf(data)
  if (height !== null) frame.style.height = `${height}px`
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return
      watcher.disconnect()
      draw(figure, data).catch(() => {
        // Without the chart the table still says everything.
        frame.hidden = true
      })
    },
    { rootMargin: '200px' },
  )
  watcher.observe(frame)
}

/** So many pixels for each row, and room for the axis; null where the class of the frame says it. */
function heightOf(data: ChartData): number | null {
  switch (data.kind) {
    case 'organs': {
      const { length } = shownRows(data)
      return length <= namedRows ? length * 28 + 110 : null
    }
    case 'spread':
      return data.rows.length * 34 + 130
    case 'bars':
      return (data.labels.length + (data.panels?.length ?? 0)) * data.series.length * 28 + 90
    default:
      return null
  }
}

/** A figure that is a table can be taken along as a picture, too. */
function prepareTable(figure: HTMLElement): void {
  const button = figure.querySelector<HTMLButtonElement>('button[data-image]')
  if (!button) return
  button.hidden = false
  button.addEventListener('click', async () => {
    const { saveTable } = await import('./table-picture.ts')
    saveTable(figure, JSON.parse(figure.dataset['table'] ?? '{}') as Titled)
  })
}

/** What our own server wrote beside the canvas. */
function readData(figure: HTMLElement): ChartData {
  return JSON.parse(figure.dataset['chart'] ?? 'null') as ChartData
}

async function draw(figure: HTMLElement, data: ChartData): Promise<void> {
  const { ScoreChart } = await import('./score-chart.ts')
  const chart = new ScoreChart(figure, data)
  // Colours are read from the page once per drawing, so another theme means drawing again.
  // Safari before 14 has no such event; there the chart keeps its colours.
  matchMedia('(prefers-color-scheme: dark)').addEventListener?.('change', () => chart.draw())
}

/** Hides rows that do not match what is typed; sending the form asks the server the same. */
function prepareSearch(input: HTMLInputElement): void {
  const rows = Array.from(document.querySelectorAll<HTMLElement>(`#${input.dataset['filter']} > tr`))
  const status = input.form?.querySelector<HTMLElement>('[role="status"]')
  // Rows are what the server found for the text in the address; only a longer text can be answered here.
  const asked = input.value.trim().toLowerCase()
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase()
    const isLonger = wanted.includes(asked)
    let shown = 0
    for (const row of rows) {
      row.hidden = isLonger && !(row.dataset['search'] ?? '').includes(wanted)
      if (!row.hidden) shown += 1
    }
    // For any other text only the server has the rows: what stands here is as it came, and no count is claimed.
    if (status) status.textContent = isLonger ? fill(status.dataset['count'] ?? '', { n: shown }) : ''
  })
  addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    input.focus()
  })
}

/** A file's text goes into the box beside it; nothing is sent before the form is. */
function prepareLoading(block: HTMLElement): void {
  const input = block.querySelector<HTMLInputElement>('input[type="file"]')
  const box = document.querySelector<HTMLTextAreaElement>(`#${block.dataset['load']}`)
  const status = block.querySelector<HTMLElement>('[role="status"]')
  if (!input || !box || !status) return
  block.hidden = false
  input.addEventListener('change', async () => {
    const file = input.files?.[0]
    if (!file) return
    const bytes = new Uint8Array(await file.arrayBuffer())
    // A workbook is a ZIP archive, which begins with these letters.
    const isWorkbook = bytes[0] === 0x50 && bytes[1] === 0x4b
    const text = isWorkbook ? null : decode(bytes)
    if (text !== null) box.value = text
    const said = isWorkbook ? 'workbook' : text === null ? 'unreadable' : 'loaded'
    status.textContent = fill(block.dataset[said] ?? '', { name: file.name })
    // The same file can be chosen again after it was mended.
    input.value = ''
  })
}

/** UTF-8, or UTF-16 with its mark, or the Chinese standard that spreadsheets write on Windows; null for anything else. */
function decode(bytes: Uint8Array): string | null {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe
  for (const encoding of isWide ? ['utf-16le'] : ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes)
    } catch {
      // The next one may fit.
    }
  }
  return null
}

/**
 * Shows what is typed as respondents will see it, a moment after the last key. Each time the frame is a new one, so that the
 * way back leads out of the page and not through the views.
 */
function preparePreview(form: HTMLFormElement): void {
  const button = form.querySelector<HTMLButtonElement>('#preview-button')
  if (!button || !('requestSubmit' in form)) return
  let timer = 0
  const show = () => {
    const frame = form.querySelector<HTMLIFrameElement>(`#${form.dataset['preview']}`)
    frame?.replaceWith(frame.cloneNode() as HTMLIFrameElement)
    form.requestSubmit(button)
  }
  const later = () => {
    clearTimeout(timer)
    timer = window.setTimeout(show, 700)
  }
  form.addEventListener('input', later)
  show()
}

function openDetails(): void {
  for (const details of document.querySelectorAll('details')) details.open = true
}

start()
