import type { SealedForm } from './ballot/contract.ts'
import { createBallot } from './ballot/send.ts'

// The code that draws a ticket and seals, on the form that asked for it. Nothing else is in this chunk.
const form = document.querySelector<SealedForm>('form[data-ballot]')
if (form) {
  const value = (name: string) => (form.elements.namedItem(name) as HTMLInputElement | null)?.value || ''
  const { survey = '', manifest = '' } = form.dataset
  form.ballot = createBallot({
    survey,
    manifest,
    elig: value('elig'),
    kid: value('kid'),
    channel: value('ch'),
    carried: new URL(form.action).search.slice(1),
  })
}
