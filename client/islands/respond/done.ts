import { all } from './dom.ts'
import { dropDraft, leave } from './draft.ts'

/** The receipt can be kept as a text file or printed; the draft has done its work. */
export function startDone(receipt: HTMLElement): void {
  dropDraft(receipt.dataset.survey || '')
  // Back leads to the start page, which shows this one again.
  leave(location.pathname.replace(/\/done$/, ''), location.href)
  const row = receipt.querySelector<HTMLElement>('.row')!
  row.hidden = false
  const save = row.querySelector<HTMLButtonElement>('[data-do="save"]')!
  // WeChat's browser neither downloads nor prints.
  save.hidden = row.querySelector<HTMLElement>('[data-do="print"]')!.hidden = /MicroMessenger/.test(navigator.userAgent)
  save.addEventListener('click', () => {
    const lines = all('dt', receipt).map((term) => `${term.textContent}: ${term.nextElementSibling!.textContent}`)
    const full = receipt.querySelector('details .code')!.textContent
    const text = [document.title, ...lines, full, location.href, ''].join('\r\n')
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
    link.download = `${(receipt.dataset.survey || '').replace('/', '-')}.txt`
    link.click()
    URL.revokeObjectURL(link.href)
  })
  row.querySelector('[data-do="print"]')!.addEventListener('click', () => print())
}
