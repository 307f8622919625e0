import type { SealedForm } from './ballot/contract.ts'
import { createBallot } from './ballot/send.ts'

// The code that draws a ticket and seals, on the form that asked for it. Nothing else is in this chunk.
const form = document.querySelector<SealedForm>('form[data-ballot]')
if (form) form.ballot = createBallot(form)
