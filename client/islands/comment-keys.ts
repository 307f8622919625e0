/**
 * Keys of the desk of comments: j and k go from one to the next, a number chooses what is done about the one at hand. Nothing is
 * sent before Save is pressed.
 */
export function startCommentKeys(list: HTMLElement): void {
  const comments = Array.from(list.querySelectorAll<HTMLElement>('article'))
  const hint = list.querySelector<HTMLElement>('[data-keys]')
  if (hint) hint.hidden = false
  addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return
    const at = comments.findIndex((each) => each.contains(document.activeElement))
    const step = { j: 1, k: -1 }[event.key]
    const choice = Number(event.key)
    if (step !== undefined) go(comments[Math.max(0, at < 0 ? atAnchor() : at + step)])
    else if (at >= 0 && choice >= 1 && choose(comments[at]!, choice - 1)) event.preventDefault()
  })

  /** Where one begins: at the comment of the address, else at the first. */
  function atAnchor(): number {
    return comments.findIndex(({ id }) => id !== '' && `#${id}` === location.hash)
  }

  function go(comment: HTMLElement | undefined): void {
    comment?.focus()
    comment?.scrollIntoView({ block: 'nearest' })
  }
}

/** Opens the form of a comment with the option chosen; the next key goes to what the choice still needs. */
function choose(comment: HTMLElement, at: number): boolean {
  const select = comment.querySelector<HTMLSelectElement>('select[name="disposal"]')
  const option = select?.options[at]
  if (!select || !option) return false
  comment.querySelector('details')!.open = true
  select.value = option.value
  const needed = option.value === 'withheld' ? 'textarea[name="reason"]' : 'form button[type="submit"]'
  comment.querySelector<HTMLElement>(needed)?.focus()
  return true
}
