// The few helpers that the respondent's script needs. Plain DOM calls of 2018: old WebViews run this as it is.

export const root = document.documentElement

/** Many use this device, one after the other: nothing is kept on it. */
export const isKiosk = root.dataset.kiosk !== undefined

export function byId(id: string): HTMLElement | null {
  return document.getElementById(id)
}

/** All elements below one that match, as an array. */
export function all<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T[] {
  return Array.from(within.querySelectorAll<T>(selector))
}

type Content = Node | string | null

/** make('p', 'hint', 'text') // <p class="hint">text</p> */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...content: Content[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  if (className) element.className = className
  for (const part of content) if (part !== null) element.append(part)
  return element
}

export function makeButton(className: string, label: Content, onClick: () => void): HTMLButtonElement {
  const button = make('button', className, label)
  button.type = 'button'
  button.addEventListener('click', onClick)
  return button
}

export function say(element: HTMLElement | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text
}

export function isShowing(element: HTMLElement): boolean {
  return element.offsetParent !== null
}

/** Takes the focus without being a stop of the Tab key. */
export function focusOn(element: HTMLElement): void {
  if (!element.matches('a,button,input,textarea,summary')) element.tabIndex = -1
  element.focus()
}

/** '14:03', or with the day when it was another one: '11-24 14:03' */
export function clockText(time: number): string {
  const date = new Date(time)
  const two = (n: number) => (n < 10 ? `0${n}` : String(n))
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`
  const isToday = date.toDateString() === new Date().toDateString()
  return isToday ? clock : `${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`
}

/** Whether this page was reached by the browser's Back or Forward and loaded anew. */
export function cameBack(): boolean {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return !!entry && entry.type === 'back_forward'
}

/** Words sent along with an element; our own server wrote them from the message files. */
export function dataOf<T>(element: HTMLElement, name: string): T {
  return JSON.parse(element.dataset[name] || '{}') as T
}
