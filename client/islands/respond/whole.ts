import { trusted } from './trusted.ts'

/** Puts the folded cards onto the page as they stand, where nobody will bring them one by one. */
export function showFolded(): void {
  const folded = document.querySelector('form noscript')
  if (!folded) return
  // Those that were brought are among the folded, too.
  const brought = document.querySelectorAll('.part[data-organ]')
  for (let at = 0; at < brought.length; at++) brought[at]!.remove()
  folded.outerHTML = trusted().createHTML(folded.textContent || '')
}
