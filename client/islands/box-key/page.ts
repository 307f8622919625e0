// What the parts of this script ask of a page that our own server has written.

/** The element that the page has there. */
export function find<T extends Element = HTMLElement>(root: ParentNode, selector: string): T {
  const found = root.querySelector<T>(selector)
  if (!found) throw new Error(`the page needs ${selector}`)
  return found
}

export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** The words that travel with an element. */
export const wordsOf = <T>(element: HTMLElement): T => JSON.parse(element.dataset['words'] ?? '{}') as T
