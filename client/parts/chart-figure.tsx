import type { ComponentChildren } from 'preact'
import type { ChartData } from '../islands/chart-data.ts'
import type { OfficeMessages } from '../messages/office.ts'

type ChartFigureProps = {
  id: string
  words: OfficeMessages
  /** The finding, in one or two sentences. */
  sentence: string
  data: ChartData
  /** Address of the same numbers as a file; null where this person may not take files. */
  csvHref: string | null
  /** The table with equal numbers, or a link to it. */
  children: ComponentChildren
}

/**
 * A chart is an addition to its table. Without script there is the sentence and the table; the island shows the canvas
 * and the download button once it can draw. The data travel in an attribute, which the page escapes like any text.
 */
export function ChartFigure({ id, words, sentence, data, csvHref, children }: ChartFigureProps) {
  return (
    <figure class="chart" id={id} data-chart={JSON.stringify(data)}>
      <figcaption id={`${id}-caption`}>{sentence}</figcaption>
      <div class="canvas" hidden>
        <canvas role="img" aria-labelledby={`${id}-caption`} />
      </div>
      <p class="tools noprint">
        {data.kind === 'spread' && (
          <button type="button" class="quiet" data-whole aria-pressed="false" hidden>
            {words.spreadWhole}
          </button>
        )}
        <button type="button" class="quiet" data-image hidden>
          {words.downloadImage}
        </button>
        {csvHref !== null && <a href={csvHref}>{words.downloadData}</a>}
      </p>
      {children}
    </figure>
  )
}
