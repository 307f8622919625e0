import { fill } from '../../messages/fill.ts'
import { TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { PValue } from '../../parts/p-value.tsx'
import { carry, urls } from '../../urls.ts'
import { type FieldworkPart, type FieldworkSurvey, noteProblem, type PromptView } from './fieldwork.tsx'
import { HiddenFields } from './hidden-fields.tsx'

/** Days that stand out: what was asked, of which channel or organ, how likely by chance, and what can be done about it. */
export function PromptsSection(part: FieldworkPart) {
  const { surveys, words, names, level } = part
  return (
    <section class="block" id="prompts" aria-labelledby="prompts-title">
      <h2 id="prompts-title">{words.promptsHeading}</h2>
      <p>
        <strong>{words.promptOnly}</strong> {fill(words.promptsIntro, { level })}
      </p>
      {surveys.map((survey) =>
        survey.prompts.length > 0 ? (
          survey.prompts.map((prompt) => (
            <Prompt key={promptForm(survey, prompt)} survey={survey} prompt={prompt} {...part} />
          ))
        ) : (
          <p key={survey.sid} class="hint">
            {survey.tests === 0
              ? fill(words.promptsUnasked, { group: names[survey.group] })
              : fill(words.promptsNone, { group: names[survey.group], tests: grouped(survey.tests) })}
          </p>
        ),
      )}
    </section>
  )
}

/** The form about a prompt, by a name that an address may hold. */
export const promptForm = (
  { sid }: Pick<FieldworkSurvey, 'sid'>,
  { kind, unit, day }: Pick<PromptView, 'kind' | 'unit' | 'day'>,
): string => `prompt-${sid}-${kind}-${unit}-${day}`

function Prompt(part: FieldworkPart & { survey: FieldworkSurvey; prompt: PromptView }) {
  const { survey, prompt, words, names, shell, problem, mayMark } = part
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { kind, unit, name, day, dayText, k, n, expected, p, q, mark } = prompt
  const form = promptForm(survey, prompt)
  const own = problem?.form === form ? problem : null
  const hindrance = survey.isOpen ? words.quarantineLater : kind === 'channel' ? words.quarantineChannel : null
  const screening = carry(urls.screening(jid, cycle), { locale: shell.locale })
  return (
    <article class="apart batch" id={form}>
      <h3>{`${name} · ${dayText} · ${words.test_burst}`}</h3>
      <p>{fill(words.said, { k: grouped(k), n: grouped(n), expected })}</p>
      <dl class="row">
        {[
          { term: words.group, value: names[survey.group] },
          { term: words.test, value: words.test_burst },
          { term: words.unit, value: <bdi>{name}</bdi> },
          { term: 'p', value: <PValue text={p} /> },
          { term: words.q, value: <PValue text={q} /> },
        ].map(({ term, value }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {mark && <p>{fill(words.marked, mark)}</p>}
      <p class="buttons">
        <a class="btn btn-2" href={`#day-${survey.sid}-${day}`}>
          {words.look}
        </a>
        {hindrance === null ? (
          <a class="btn btn-2" href={`${screening}#${survey.sid}`}>
            {words.quarantine}
          </a>
        ) : (
          <button type="button" class="btn btn-2" disabled aria-describedby={`${form}-why`}>
            {words.quarantine}
          </button>
        )}
      </p>
      {hindrance && (
        <p class="hint" id={`${form}-why`}>
          {hindrance}
        </p>
      )}
      {mayMark && !mark && (
        <details open={own !== null}>
          <summary>{words.mark}</summary>
          <form
            class="form"
            method="post"
            action={carry(urls.fieldworkMark(jid, cycle), { locale: shell.locale })}
            novalidate
          >
            <HiddenFields values={{ csrf: shell.user?.csrf ?? '', survey: survey.sid, kind, unit, day }} />
            <TextArea
              id={`${form}-note`}
              name="note"
              label={words.note}
              hint={words.noteHint}
              problem={own ? noteProblem(words, own.code) : undefined}
              input={{ value: own?.typed ?? '', rows: 2, maxLength: 500 }}
            />
            <button type="submit" class="btn">
              {words.mark}
            </button>
          </form>
        </details>
      )}
    </article>
  )
}
