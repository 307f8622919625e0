/**
 * Draws the charts of the overview and of an organ on canvas. Only the parts of Chart.js that are used are registered. Sizes come
 * from the frame around the canvas; nothing here writes a style attribute into the page's source.
 */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
} from 'chart.js'
import { barsConfiguration, planeConfiguration } from './bars-chart.ts'
import type { ChartData } from './chart-data.ts'
import { type ChartTheme, readTheme } from './chart-theme.ts'
import { daysConfiguration } from './days-chart.ts'
import { organsConfiguration } from './organs-chart.ts'
import { savePicture } from './picture.ts'
import { progressConfiguration } from './progress-chart.ts'
import { spreadConfiguration } from './spread-chart.ts'

Chart.register(
  BarController,
  BarElement,
  LineController,
  ScatterController,
  LineElement,
  PointElement,
  LinearScale,
  CategoryScale,
  Tooltip,
  Legend,
)

export class ScoreChart {
  #data: ChartData
  readonly #canvas: HTMLCanvasElement
  #chart: Chart | null = null

  constructor(figure: HTMLElement, data: ChartData) {
    this.#data = data
    const canvas = figure.querySelector('canvas')
    if (!canvas) throw new Error('ScoreChart needs a canvas inside the figure')
    this.#canvas = canvas
    const button = figure.querySelector<HTMLButtonElement>('button[data-image]')
    if (button) {
      button.hidden = false
      button.addEventListener('click', () => this.#saveImage())
    }
    const whole = figure.querySelector<HTMLButtonElement>('button[data-whole]')
    if (whole && data.kind === 'spread') {
      whole.hidden = false
      whole.addEventListener('click', () => {
        const isWhole = whole.getAttribute('aria-pressed') !== 'true'
        whole.setAttribute('aria-pressed', String(isWhole))
        this.#data = { ...data, isWhole }
        this.draw()
      })
    }
    this.draw()
  }

  draw(): void {
    this.#chart?.destroy()
    const theme = readTheme(this.#canvas)
    Chart.defaults.font.family = theme.font
    Chart.defaults.font.size = 13
    this.#chart = new Chart(
      this.#canvas,
      configurationOf(this.#data, theme, this.#canvas.parentElement!.clientWidth < 480),
    )
    this.#canvas.dataset['drawn'] = String(Number(this.#canvas.dataset['drawn'] ?? 0) + 1)
    // For whoever wants to know what was drawn, such as a test that compares it with the table.
    this.#canvas.dispatchEvent(new CustomEvent('drawn', { detail: this.#chart }))
  }

  /** The chart once more at double density, with title, source and background: a picture that explains itself. */
  #saveImage(): void {
    const theme = readTheme(this.#canvas)
    const size = { width: 1200, height: Math.max(420, this.#canvas.clientHeight) }
    const plot = document.createElement('canvas')
    plot.width = size.width
    plot.height = size.height
    const configuration = configurationOf(this.#data, { ...theme, still: true }, false)
    const chart = new Chart(plot, {
      ...configuration,
      options: { ...configuration.options, responsive: false, animation: false, devicePixelRatio: 2 },
    })
    savePicture(theme, this.#data, size, (pen) => pen.drawImage(plot, 0, 0, size.width, size.height))
    chart.destroy()
  }
}

function configurationOf(data: ChartData, theme: ChartTheme, narrow: boolean): ChartConfiguration {
  const configuration = ofKind(data, theme, narrow)
  return {
    ...configuration,
    options: {
      maintainAspectRatio: false,
      animation: theme.still ? false : { duration: 200 },
      color: theme.ink,
      borderColor: theme.hair,
      ...configuration.options,
    },
  }
}

function ofKind(data: ChartData, theme: ChartTheme, narrow: boolean): ChartConfiguration {
  switch (data.kind) {
    case 'days':
      return daysConfiguration(data, theme)
    case 'progress':
      return progressConfiguration(data, theme, narrow)
    case 'spread':
      return spreadConfiguration(data, theme, narrow)
    case 'bars':
      return barsConfiguration(data, theme, narrow)
    case 'plane':
      return planeConfiguration(data, theme)
    default:
      return organsConfiguration(data, theme, narrow)
  }
}
