import { byId, say } from './dom.ts'

/**
 * `/r#CODE`: the code leaves the address before anything else happens, fills the field and is sent, so that neither
 * history nor a screenshot of the address keeps it. It is never part of a request line.
 */
export function startCode(form: HTMLFormElement): void {
  const read = () => {
    const code = decodeURIComponent(location.hash.slice(1))
    // The skip link and the error summary use fragments too.
    if (!code || byId(code)) return
    history.replaceState(null, '', location.pathname + location.search)
    const status = form.querySelector<HTMLElement>('[data-says]')
    ;(form.elements.namedItem('code') as HTMLInputElement).value = code
    if (status) say(status, status.dataset.says || '')
    form.submit()
  }
  read()
  addEventListener('hashchange', read)
}
