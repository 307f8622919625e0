import type { ChartConfiguration, ChartDataset, Plugin } from 'chart.js'
import type { LevelLook, SpreadChart } from './chart-data.ts'
import type { ChartTheme } from './chart-theme.ts'

/**
 * How are answers spread? A bar per row. Satisfied levels grow to the right of the limit and the others to its
 * left, so that where bars end is what one compares; or, switched, all levels fill 100 %. Don't-know is no level: it has
 * a thin column of its own.
 */
export function spreadConfiguration(data: SpreadChart, theme: ChartTheme, narrow: boolean): ChartConfiguration {
  const { levels, rows, isWhole } = data
  // '<0.1' is drawn as what it is less than.
  const share = ({ percent }: { percent: string }) => Number(percent.replace('<', ''))
  const shares = rows.map((row) => row.levels.map(share))
  const unknown = rows.map((row) => share(row.unknown))
  const frame = { borderColor: theme.line, borderWidth: 1, borderSkipped: false as const, barPercentage: 0.92 }
  const bars = drawingOrder(data).map((at): ChartDataset => {
    const { label, look, isSatisfied } = levels[at]!
    return {
      label,
      data: shares.map((own) => (isWhole || isSatisfied ? own[at]! : -own[at]!)),
      backgroundColor: isSatisfied ? theme.levels[look].fill : hatched(look, theme),
      xAxisID: 'x',
      ...frame,
    }
  })
  const largest = (satisfied: boolean) =>
    Math.max(
      ...shares.map((own) =>
        own.reduce((sum, share, at) => sum + (levels[at]!.isSatisfied === satisfied ? share : 0), 0),
      ),
    )
  const tens = (share: number) => Math.min(100, Math.ceil(share / 10) * 10)
  const percentTick = (value: string | number) => `${Math.abs(Number(value))}%`
  const ticks = { color: theme.muted, callback: percentTick, maxRotation: 0 }
  return {
    type: 'bar',
    data: {
      labels: rows.map(({ label }) => label),
      datasets: [
        ...bars,
        {
          label: data.unknownLabel,
          data: unknown,
          backgroundColor: theme.unknown.fill,
          xAxisID: 'unknown',
          ...frame,
        },
      ],
    },
    options: {
      indexAxis: 'y',
      interaction: { mode: 'nearest', axis: 'xy', intersect: true },
      scales: {
        y: {
          type: 'category',
          stacked: true,
          grid: { display: false },
          border: { display: false },
          ticks: { color: theme.ink, autoSkip: false },
        },
        x: {
          type: 'linear',
          position: 'bottom',
          stacked: true,
          stack: 'columns',
          stackWeight: narrow ? 4 : 7,
          min: isWhole ? 0 : -tens(largest(false)),
          max: isWhole ? 100 : tens(largest(true)),
          grid: { color: ({ tick }) => (tick?.value === 0 ? theme.ink : theme.hair) },
          border: { display: false },
          title: { display: !narrow, text: isWhole ? data.wholeAxisTitle : data.axisTitle, color: theme.muted },
          ticks: { ...ticks, stepSize: narrow ? 40 : 20 },
        },
        unknown: {
          type: 'linear',
          position: 'bottom',
          stacked: true,
          stack: 'columns',
          stackWeight: 1,
          offset: true,
          min: 0,
          // Room for the number behind the bar.
          max: Math.max(10, tens(Math.max(...unknown) * (narrow ? 2.5 : 1.6))),
          grid: { display: false },
          border: { display: false },
          title: { display: !narrow, text: data.unknownLabel, color: theme.muted },
          // Each bar has its number behind it.
          ticks: { display: false },
        },
      },
      plugins: {
        legend: {
          position: 'top',
          align: 'start',
          // What is compared are whole bars: a level that is switched off would make another picture of the answers.
          onClick: () => {},
          labels: {
            color: theme.ink,
            boxWidth: 24,
            boxHeight: 13,
            padding: narrow ? 8 : 14,
            sort: (a, b) => placeOf(a.text, data) - placeOf(b.text, data),
          },
        },
        tooltip: {
          callbacks: {
            title: (items) => rows[items[0]?.dataIndex ?? -1]?.label ?? '',
            label: ({ dataIndex, dataset }) => {
              const row = rows[dataIndex]!
              const own = row.levels[placeOf(dataset.label ?? '', data)] ?? row.unknown
              return ` ${dataset.label ?? ''} ${own.percent}%`
            },
          },
        },
      },
    },
    plugins: [shareLabels(data, theme)],
  }
}

/** Nearest to the limit first, for bars that grow outward; best first, for bars that fill 100 %. */
function drawingOrder({ levels, isWhole }: SpreadChart): number[] {
  const all = levels.map((_, at) => at)
  if (isWhole) return all
  const satisfied = all.filter((at) => levels[at]!.isSatisfied)
  return [...all.filter((at) => !levels[at]!.isSatisfied), ...satisfied.reverse()]
}

/** Best first; don't-know, which is no level, last. */
function placeOf(label: string, { levels }: SpreadChart): number {
  const at = levels.findIndex((level) => level.label === label)
  return at === -1 ? levels.length : at
}

/** Diagonal lines on the level's colour: told apart without colour, and on paper. Made once, when first drawn. */
export function hatched(look: LevelLook, theme: ChartTheme): () => CanvasPattern | string {
  let made: CanvasPattern | string | undefined
  return () => {
    made ??= hatch(look, theme)
    return made
  }
}

function hatch(look: LevelLook, theme: ChartTheme): CanvasPattern | string {
  const size = look === 'l1' ? 6 : 10
  const tile = document.createElement('canvas')
  tile.width = tile.height = size
  const pen = tile.getContext('2d')
  if (!pen) return theme.levels[look].fill
  pen.fillStyle = theme.levels[look].fill
  pen.fillRect(0, 0, size, size)
  pen.strokeStyle = theme.levels[look].on
  pen.lineWidth = 1
  // The line and its neighbours, so that the tiles join.
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size)
    pen.lineTo(shift + size, 0)
  }
  pen.stroke()
  return pen.createPattern(tile, 'repeat') ?? theme.levels[look].fill
}

/** Whole per cent on each piece from 5 % on, over hatching on a solid patch; behind don't-know its percentage. */
function shareLabels({ rows, levels }: SpreadChart, theme: ChartTheme): Plugin {
  return {
    id: 'shares',
    afterDatasetsDraw(chart) {
      const pen = chart.ctx
      pen.save()
      pen.font = `600 12px ${theme.font}`
      pen.textAlign = 'center'
      pen.textBaseline = 'middle'
      chart.data.datasets.forEach((dataset, at) => {
        const level = levels.find(({ label }) => label === dataset.label)
        if (!level) return
        const { fill, on } = theme.levels[level.look]
        chart.getDatasetMeta(at).data.forEach((bar, row) => {
          const share = Math.abs(Number(dataset.data[row]))
          const { x, y, base } = bar.getProps(['x', 'y', 'base'], true) as { x: number; y: number; base: number }
          const text = String(Math.round(share))
          const width = pen.measureText(text).width + 6
          if (!rows[row] || share < 5 || Math.abs(x - base) < width) return
          const middle = (x + base) / 2
          if (!level.isSatisfied) {
            pen.fillStyle = fill
            pen.fillRect(middle - width / 2, y - 8, width, 16)
          }
          pen.fillStyle = on
          pen.fillText(text, middle, y + 1)
        })
      })
      pen.font = `12px ${theme.font}`
      pen.textAlign = 'left'
      pen.fillStyle = theme.ink
      chart.getDatasetMeta(levels.length).data.forEach((bar, row) => {
        const { x, y } = bar.getProps(['x', 'y'], true)
        pen.fillText(`${rows[row]!.unknown.percent}%`, x + 5, y + 1)
      })
      pen.restore()
    },
  }
}
