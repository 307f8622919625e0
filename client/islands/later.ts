import type { FormWords } from '../pages/respond/island-words.ts'
import { watchComment } from './respond/comment.ts'
import { all, byId, dataOf } from './respond/dom.ts'
import { startMailbox } from './respond/mailbox.ts'
import { startWaiting } from './respond/wait.ts'

// What a form needs only after its first question is there: what is said while somebody writes a comment, and while the
// next page is on its way.

const form = byId('f')
if (form) {
  const words = dataOf<FormWords>(form, 'words')
  const watch = (element: Element) => {
    if (element.tagName === 'TEXTAREA') watchComment(element as HTMLTextAreaElement, words)
  }
  form.addEventListener('input', (event) => watch(event.target as Element))
  form.addEventListener('focusin', (event) => watch(event.target as Element))
  for (const box of all<HTMLTextAreaElement>('textarea', form)) if (box.value) watch(box)
  startMailbox(form as HTMLFormElement)
}
startWaiting()
