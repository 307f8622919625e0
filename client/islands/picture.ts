import type { ChartTheme } from './chart-theme.ts'

/** What stands on every picture that is taken along. */
export type Titled = { title: string; source: string; fileName: string }

/**
 * Offers a picture that explains itself as a file: what `draw` draws (width × height, from its own corner), a title above
 * it and its source below, on the ground of the page, at double density.
 */
export function savePicture(
  theme: ChartTheme,
  { title, source, fileName }: Titled,
  { width, height }: { width: number; height: number },
  draw: (pen: CanvasRenderingContext2D) => void,
): void {
  const [head, foot] = [56, 40]
  const sheet = document.createElement('canvas')
  sheet.width = width * 2
  sheet.height = (height + head + foot) * 2
  const pen = sheet.getContext('2d')
  if (!pen) return
  pen.scale(2, 2)
  pen.fillStyle = theme.background
  pen.fillRect(0, 0, width, height + head + foot)
  pen.fillStyle = theme.ink
  pen.font = `600 20px ${theme.font}`
  pen.fillText(title, 16, 36)
  pen.fillStyle = theme.muted
  pen.font = `13px ${theme.font}`
  pen.fillText(source, 16, height + head + 24)
  pen.translate(0, head)
  draw(pen)
  sheet.toBlob((blob) => blob && download(blob, fileName), 'image/png')
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
