import { fill } from '../../messages/fill.ts'
import { type RespondMessages, respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { AssistBanner } from './assist-banner.tsx'
import { OpenBanner } from './heading.tsx'
import { chooseWords } from './island-words.ts'
import { titleOf } from './title.ts'
import type { AssistView, OrganChoice, PrivacyFacts, SurveyHead, View } from './views.ts'

export type ChoosePageProps = View & {
  survey: SurveyHead
  /** Text that stands for the hidden fields (elig, ch, k and kept answers) at the start of the form. */
  hidden: string
  categories: readonly { title: string; organs: readonly OrganChoice[] }[]
  chosen: readonly string[]
  min: number
  max: number
  problem?: 'none' | 'too_many' | undefined
  /** Somebody of the staff writes down. */
  assist?: AssistView | undefined
  facts: PrivacyFacts
}

export function chooseTitle({ locale, survey, problem }: ChoosePageProps): string {
  const m = respondMessages(locale)
  return titleOf(m, m.chooseTitle, survey, problem !== undefined)
}

/** Which organs a citizen rates: check boxes in the order of the props; script adds the search and the running count. */
export function ChoosePage(props: ChoosePageProps) {
  const { locale, survey, hidden, categories, min, max, problem } = props
  const m = respondMessages(locale)
  const text = problem && (problem === 'none' ? m.chooseNone : fill(m.chooseTooMany, { max }))
  const first = categories[0]?.organs[0]?.code ?? ''
  const { jid, sid } = survey
  return (
    <Frame
      {...props}
      again={{ form: 'f', path: urls.form(jid, sid), show: 'choose' }}
      back={{ href: props.assist?.desk ?? urls.start(jid, sid) }}
    >
      <OpenBanner m={m} survey={survey} />
      <AssistBanner m={m} assist={props.assist} facts={props.facts} />
      <ErrorSummary locale={locale} lines={text ? [{ href: `#${fields.organ}.${first}`, text }] : []} />
      <form
        id="f"
        method="post"
        action={carry(urls.form(jid, sid), props)}
        data-island="choose"
        data-survey={`${jid}/${sid}`}
        data-max={max}
        data-words={JSON.stringify(chooseWords(m))}
      >
        {hidden}
        {/* biome-ignore lint/a11y/useSemanticElements: one question over several fieldsets, named by the heading */}
        <div
          role="group"
          aria-labelledby="choose-title"
          aria-describedby={text ? 'choose-hint choose-problem' : 'choose-hint'}
        >
          <h1 id="choose-title">{m.chooseTitle}</h1>
          <p class="hint" id="choose-hint">
            {min === max ? fill(m.chooseHintOne, { max }) : fill(m.chooseHint, { min, max })}
          </p>
          {text ? (
            <p class="msg" id="choose-problem">
              {text}
            </p>
          ) : null}
          <Search m={m} />
          {categories.map((category) => (
            <fieldset class="category" key={category.title}>
              <legend>{category.title}</legend>
              <div class="columns">
                {category.organs.map((organ) => (
                  <Choice key={organ.code} organ={organ} chosen={props.chosen.includes(organ.code)} />
                ))}
              </div>
            </fieldset>
          ))}
        </div>
        <div class="nav">
          <p class="step" id="choose-count" role="status" data-loading={m.loading} data-slow={m.loadingSlow} />
          <button type="submit" class="btn">
            {m.continue}
          </button>
        </div>
      </form>
    </Frame>
  )
}

function Search({ m }: { m: RespondMessages }) {
  return (
    <div class="field" id="search" hidden>
      <label for="search-text">{m.chooseSearchLabel}</label>
      <input type="search" id="search-text" placeholder={m.chooseSearch} autocomplete="off" enterkeyhint="search" />
      <p class="hint" id="search-says" role="status" />
    </div>
  )
}

function Choice({ organ, chosen }: { organ: OrganChoice; chosen: boolean }) {
  return (
    <label class="opt" data-search={`${organ.name} ${organ.search}`.toLowerCase()}>
      <input
        type="checkbox"
        name={fields.organ}
        value={organ.code}
        id={`${fields.organ}.${organ.code}`}
        checked={chosen}
      />
      <bdi>{organ.name}</bdi>
    </label>
  )
}
