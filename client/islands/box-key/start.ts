/**
 * The part of the staff's script that works with the keys of boxes: the share ceremony, its rehearsal, and handing in the
 * key at the opening. It is fetched only on pages that have one of these.
 */
import { base64url } from '../../../surveys/canonical.ts'
import { startCeremony } from './ceremony.ts'
import { hasKeys } from './keys.ts'
import { followOpening, startOpening } from './opening.ts'
import { find } from './page.ts'
import { startShareForm } from './share-form.ts'

/** Brings a page's blocks to life. Where the browser gives no keys, the sentence for pages without script stays. */
export function startBoxKeys(): void {
  for (const block of document.querySelectorAll<HTMLElement>('[data-box]')) {
    const kind = block.dataset['box'] ?? ''
    if (kind === 'progress') followOpening(block)
    else if (hasKeys()) {
      const without = document.querySelector<HTMLElement>(`[data-without=${kind}]`)
      if (without) without.hidden = true
      if (kind === 'ceremony') startCeremony(block)
      else if (block instanceof HTMLFormElement) (kind === 'opening' ? startOpening : startRehearsal)(block)
    }
  }
}

/** Sends that the shares made this public key, and nothing else. */
function startRehearsal(form: HTMLFormElement): void {
  startShareForm(form, async (_, pk) => {
    find<HTMLInputElement>(form, '[name=pk]').value = base64url(pk)
    form.submit()
  })
}
