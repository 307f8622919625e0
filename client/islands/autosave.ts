/** What the server answers to a form that saves itself. */
interface Saved {
  readonly version?: number
  readonly saved?: string
  readonly total?: string
  readonly message?: string
}

const pauseMs = 3_000

/**
 * Saves what is typed a moment after the last key, without files and without what is marked to go: those wait for the button.
 * When the server refuses for good, it stays at what the person was told, and the button does the rest.
 */
export function startAutosave(form: HTMLFormElement): void {
  const version = form.querySelector<HTMLInputElement>('input[name="version"]')
  const status = form.querySelector<HTMLElement>('[data-saved]')
  const total = form.querySelector<HTMLElement>('[data-total] strong')
  if (!version || !status || !('requestSubmit' in form)) return
  let timer = 0
  let saving: Promise<void> | null = null
  let isOver = false

  const send = async () => {
    const body = new URLSearchParams()
    for (const [name, value] of new FormData(form))
      if (typeof value === 'string' && name !== 'remove') body.append(name, value)
    body.set('do', 'save')
    try {
      const response = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' } })
      const said = (await response.json()) as Saved
      if (response.ok) {
        // Every form of the page works on what was saved.
        for (const each of document.querySelectorAll<HTMLInputElement>('input[name="version"]'))
          each.value = String(said.version)
        if (total) total.textContent = said.total ?? ''
      } else if (response.status !== 422 && response.status < 500) isOver = true
      status.textContent = (response.ok ? said.saved : said.message) || (form.dataset['autosave'] ?? '')
    } catch {
      status.textContent = form.dataset['autosave'] ?? ''
    }
  }
  const save = () => {
    saving ??= send().then(() => {
      saving = null
    })
  }
  form.addEventListener('input', (event) => {
    clearTimeout(timer)
    const isFile = event.target instanceof HTMLInputElement && event.target.type !== 'text'
    if (!isOver && !isFile) timer = window.setTimeout(save, pauseMs)
  })
  form.addEventListener('submit', (event) => {
    clearTimeout(timer)
    if (!saving) return
    // The version that is on its way must be back first: otherwise the form would be older than its own draft.
    event.preventDefault()
    const { submitter } = event
    void saving.then(() => form.requestSubmit(submitter))
  })
}
