import { fill } from '../../messages/fill.ts'
import type { BoxMessages } from '../../messages/office-box.ts'

/** What the script says about shares that cannot be used. */
export function shareWords(words: BoxMessages) {
  return {
    not_a_share: words.shareNotOne,
    wrong_length: words.shareLength,
    wrong_check: words.shareCheck,
    other_survey: words.shareOther,
    wrong_index: words.shareIndex,
    repeated: words.shareRepeated,
    too_few: words.shareTooFew,
    wrong_key: words.shareWrongKey,
    unreadable: words.shareFileUnreadable,
  }
}

/** One box for each share that opens the box. They have no names: a browser sends nothing of them. */
export function ShareFields({ threshold, words }: { threshold: number; words: BoxMessages }) {
  return (
    <>
      {Array.from({ length: threshold }, (_, at) => at + 1).map((place) => (
        <div class="field" key={place} data-share>
          <label for={`share-${place}`}>{fill(words.shareField, { i: place })}</label>
          <p class="hint" id={`share-${place}-hint`}>
            {words.shareHint}
          </p>
          <p class="msg" id={`share-${place}-problem`} data-problem hidden />
          <textarea
            id={`share-${place}`}
            rows={2}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-describedby={`share-${place}-hint share-${place}-problem`}
          />
          <label class="load" for={`share-file-${place}`}>
            {words.shareFile}
          </label>
          <input type="file" id={`share-file-${place}`} accept=".txt,text/plain" />
        </div>
      ))}
      <p class="msg" role="alert" data-fault />
    </>
  )
}
