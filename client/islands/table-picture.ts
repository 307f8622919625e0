import { readTheme } from './chart-theme.ts'
import { savePicture, type Titled } from './picture.ts'

const [width, rowHeight, firstColumn] = [1200, 28, 300]

/** The table of a figure as a picture, with the grounds of its cells: for a figure that is a table. */
export function saveTable(figure: HTMLElement, titled: Titled): void {
  const rows = Array.from(figure.querySelectorAll('tr'), ({ cells }) => Array.from(cells))
  const theme = readTheme(figure)
  const columns = rows[0]?.length ?? 1
  const step = (width - 32 - firstColumn) / Math.max(1, columns - 1)
  savePicture(theme, titled, { width, height: rows.length * rowHeight }, (pen) => {
    pen.textBaseline = 'middle'
    rows.forEach((cells, row) => {
      const middle = (row + 0.5) * rowHeight
      pen.font = `${row === 0 ? '600 ' : ''}13px ${theme.font}`
      cells.forEach((cell, at) => {
        const right = 16 + firstColumn + at * step
        const shade = cell.querySelector('.heat-cell')
        const style = shade && getComputedStyle(shade)
        if (style) {
          pen.fillStyle = style.backgroundColor
          pen.fillRect(right - step + 4, middle - rowHeight / 2 + 1, step - 4, rowHeight - 2)
        }
        pen.fillStyle = style ? style.color : theme.ink
        pen.textAlign = at === 0 ? 'left' : 'right'
        pen.fillText(textOf(cell), at === 0 ? 16 : right - 8, middle)
      })
    })
  })
}

/** What is seen of a cell: neither the arrow of its order nor what is only read out. */
function textOf(cell: Element): string {
  const seen = cell.querySelector('.why [aria-hidden]') ?? cell.querySelector('a')?.firstChild ?? cell
  return (seen.textContent ?? '').trim()
}
