import { byId } from './dom.ts'

/** `/u/{jid}#CODE`: the code leaves the address and fills the field. A person presses the button; a scanner does not. */
export function startUnsubscribe(form: HTMLFormElement): void {
  const code = decodeURIComponent(location.hash.slice(1))
  if (!code || byId(code)) return
  history.replaceState(null, '', location.pathname + location.search)
  ;(form.elements.namedItem('code') as HTMLInputElement).value = code
}
