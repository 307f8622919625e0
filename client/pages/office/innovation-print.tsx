import type { Locale } from '../../../surveys/questionnaire.ts'
import { innovationMessages } from '../../messages/innovation.ts'
import { InnovationRuleText } from '../../parts/innovation-rule.tsx'
import type { InnovationPageProps } from './innovation.tsx'
import { InnovationResults } from './innovation-parts.tsx'

export type InnovationPrintProps = Pick<InnovationPageProps, 'rule' | 'results'> & {
  locale: Locale
  title: string
  projects: readonly { organ: string; n: number; title: string; content: string; effect: string }[]
  /** Plan and time: on every copy. */
  foot: string
}

/** The projects of a cycle with what they are rated by, and their results once they may be read. */
export function InnovationPrintPage({ locale, title, rule, projects, results, foot }: InnovationPrintProps) {
  const words = innovationMessages(locale)
  return (
    <main id="main" class="prints">
      <h1>{title}</h1>
      <h2>{words.criteria}</h2>
      <InnovationRuleText rule={rule} locale={locale} />
      <h2>{words.projects}</h2>
      {projects.length === 0 && <p>{words.none}</p>}
      {projects.map(({ organ, n, title: name, content, effect }) => (
        <article key={`${organ}-${n}`}>
          <h3>
            <bdi>{name}</bdi>
          </h3>
          <p>
            <bdi>{organ}</bdi>
          </p>
          <p>
            <strong>{words.content}</strong> {content}
          </p>
          <p>
            <strong>{words.effect}</strong> {effect}
          </p>
        </article>
      ))}
      {results && (
        <>
          <h2>{words.results}</h2>
          <InnovationResults results={results} ratings={rule.ratings} locale={locale} />
        </>
      )}
      <p class="report-foot">{foot}</p>
    </main>
  )
}
