import { all, byId, cameBack, isKiosk } from './dom.ts'
import { dropDraft, leave } from './draft.ts'

/** The receipt can be kept as a text file or printed; the draft has done its work. */
export function startDone(receipt: HTMLElement): void {
  // Whoever comes here by Back may be somebody else, with answers of their own.
  if (!cameBack()) {
    dropDraft(receipt.dataset.survey || '')
    // Back leads to the start page, which shows this one again.
    leave(location.pathname.replace(/\/done$/, ''), location.href)
  }
  const mailbox = byId('mailbox')
  const [, code] = /^#m=([0-9A-Z]{16})$/.exec(location.hash) || []
  if (mailbox && code) {
    mailbox.hidden = false
    mailbox.querySelector('[data-code]')!.textContent = code.replace(/.{4}(?=.)/g, '$&-')
    mailbox.querySelector('a')!.hash = code
  }
  const row = receipt.querySelector<HTMLElement>('.row')!
  row.hidden = false
  const save = row.querySelector<HTMLButtonElement>('[data-do="save"]')!
  // WeChat's browser neither downloads nor prints; at a kiosk a file would be left to the next person.
  const print = row.querySelector<HTMLElement>('[data-do="print"]')!
  print.hidden = /MicroMessenger/.test(navigator.userAgent)
  save.hidden = print.hidden || isKiosk
  save.addEventListener('click', () => {
    const lines = all('dt', receipt).map((term) => `${term.textContent}: ${term.nextElementSibling!.textContent}`)
    // The whole number, and where it can be checked.
    const full = all('details .code', receipt).map((code) => code.textContent)
    const text = [document.title, ...lines, ...full, location.href, ''].join('\r\n')
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
    link.download = `${(receipt.dataset.survey || '').replace('/', '-')}.txt`
    link.click()
    // Some browsers read it only after the click has been handled.
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  })
  print.addEventListener('click', () => window.print())
}
