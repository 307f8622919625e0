import { fill } from '../../messages/fill.ts'
import type { ChooseWords } from '../../pages/respond/island-words.ts'
import { clockText, make, makeButton } from './dom.ts'
import type { Draft } from './draft.ts'

type Words = Pick<ChooseWords, 'chooseDraft' | 'chooseDraftUse' | 'chooseDraftDrop'>

/** Asks whoever sits at the device now whether an earlier draft is theirs. */
export function offerOf({ at }: Draft, words: Words, answer: (isUsed: boolean) => void): HTMLElement {
  const use = makeButton('btn', words.chooseDraftUse, () => answer(true))
  const drop = makeButton('btn btn-2', words.chooseDraftDrop, () => answer(false))
  const text = make('p', '', fill(words.chooseDraft, { time: clockText(at) }))
  return make('div', 'note', text, make('p', 'row', use, drop))
}
