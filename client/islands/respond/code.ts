import { byId } from './dom.ts'
import { hasDraft } from './draft.ts'
import { sayWaiting } from './wait.ts'

/**
 * `/r#CODE`: the code leaves the address before anything else happens, fills the field and is sent, so that neither
 * history nor a screenshot of the address keeps it. It is never part of a request line.
 */
export function startCode(form: HTMLFormElement): void {
  const read = () => {
    const code = location.hash.slice(1)
    // The skip link and the error summary use fragments too.
    if (!code || byId(code)) return
    history.replaceState(null, '', location.pathname + location.search)
    ;(form.elements.namedItem('code') as HTMLInputElement).value = code
    form.submit()
    sayWaiting(form)
  }
  read()
  hasDraft().then((isKept) => {
    const kept = byId('kept')
    if (kept) kept.hidden = !isKept
  })
  addEventListener('hashchange', read)
}
