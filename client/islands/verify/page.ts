import { type BundleFiles, verifyBundle } from '../../../surveys/publication.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { verifyMessages } from '../../messages/verify.ts'
import { checkText, verdictLines } from '../../parts/verdict-text.ts'
import { chosenFiles, fetchedFiles } from './sources.ts'
import { browserTools } from './tools.ts'

/** Makes the form work: shows each check as it is passed, then yes or no. */
export function startVerify(form: HTMLFormElement): void {
  const verdict = document.getElementById('verdict')
  const folder = form.querySelector<HTMLInputElement>('input[type="file"]')
  const address = form.querySelector<HTMLInputElement>('[name="address"]')
  const button = form.querySelector('button')
  if (!verdict || !folder || !address || !button) return
  // Nothing but a script can read the files of a folder, so the form is there only with it.
  folder.setAttribute('webkitdirectory', '')
  form.hidden = false
  // A link from results carries where their files are behind its #, which no server is sent.
  const given = location.hash.slice(1)
  if (/^https?:\/\//.test(given)) address.value = given
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const chosen = [...(folder.files ?? [])]
    if (chosen.length === 0 && address.value.trim() === '') return address.focus()
    button.disabled = true
    void show(chosen, address.value.trim(), verdict).finally(() => {
      button.disabled = false
    })
  })
}

async function show(chosen: readonly File[], address: string, verdict: HTMLElement): Promise<void> {
  const locale: Locale = document.documentElement.lang === 'en' ? 'en' : 'zh-CN'
  const words = verifyMessages(locale)
  const list = document.createElement('ul')
  const state = document.createElement('p')
  state.textContent = words.working
  verdict.replaceChildren(list, state)
  const add = (text: string) => {
    const item = document.createElement('li')
    item.textContent = text
    list.append(item)
  }
  try {
    const files: BundleFiles = chosen.length > 0 ? chosenFiles(chosen) : fetchedFiles(address, words)
    const found = await verifyBundle(files, browserTools(), {
      onPassed: (check) => {
        add(checkText(check, locale))
        // Files are named while they are compared with SHA256SUMS; the other checks go through several of them.
        state.textContent = words.working
      },
      onFile: (file) => {
        state.textContent = fill(words.reading, { file })
      },
    })
    const [answer = '', ...rest] = verdictLines(found, locale)
    state.textContent = ''
    const strong = document.createElement('strong')
    strong.textContent = answer
    state.append(strong)
    state.dataset['outcome'] = found.outcome
    for (const line of rest) {
      const more = document.createElement('p')
      more.textContent = line
      verdict.append(more)
    }
  } catch (error) {
    state.textContent = fill(words.failed, { reason: error instanceof Error ? error.message : String(error) })
    state.dataset['outcome'] = 'failed'
  }
}
