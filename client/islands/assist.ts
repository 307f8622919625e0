// Keys for whoever asks by telephone: 1–5 and 0 choose a level of the question that has the focus, or else of the first
// one in view without an answer. The long form of leaders has these keys of its own.
const form = document.querySelector<HTMLFormElement>('form[data-island="form"]')
if (form && form.dataset.kind !== 'each') {
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return
    if (/^(TEXTAREA|SELECT)$/.test(target.tagName)) return
    const scales = Array.from(form.querySelectorAll<HTMLElement>('fieldset.q')).filter(
      (each) => each.offsetParent !== null && each.querySelector(`input[type="radio"][value="${event.key}"]`),
    )
    const scale =
      scales.filter((each) => each.contains(target))[0] || scales.filter((each) => !each.querySelector(':checked'))[0]
    const input = scale?.querySelector<HTMLInputElement>(`input[value="${event.key}"]`)
    if (!input) return
    event.preventDefault()
    input.focus()
    input.click()
  })
}
