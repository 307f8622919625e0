import { detectionPercent, largestSample, seedLength, usualSample } from '../../../surveys/participation-audit.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type AuditMessages, auditMessages } from '../../messages/office-audit.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayAudit, mayDecide, mayFollow, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

/** How far an audit has come; `gone`: nothing was drawn before the roll was destroyed. */
export type AuditStage = 'no_key' | 'before_close' | 'to_draw' | 'gone' | 'drawn' | 'found'

/** Names of the fields in which the auditor counts people. */
export const findingNames = ['confirmed', 'denied', 'notReached'] as const
export type FindingName = (typeof findingNames)[number]

/** What could not be done, with what was typed. */
export type AuditProblem =
  | { kind: 'changed' }
  | { kind: 'empty' }
  | { kind: 'draw'; seed: string; size: string; wrong: readonly ('seed' | 'size')[] }
  | { kind: 'findings'; typed: Readonly<Record<FindingName, string>>; wrong: readonly (FindingName | 'sum')[] }

export type AuditPageProps = {
  shell: OfficeShellProps
  /** `name`: "{jid}/{sid}". */
  survey: SurveyName & { name: string }
  stage: AuditStage
  /** Fingerprint of the key to which contacts are sealed. */
  keyPrint: string | null
  draw: {
    seed: string
    size: number
    rolled: number
    drawn: number
    withoutContact: number
    at: string
  } | null
  findings: (Readonly<Record<FindingName, number>> & { at: string }) | null
  /** The roll and the contacts are destroyed. */
  isRetired: boolean
  isPublished: boolean
  done: 'drawn' | 'found' | null
  problem: AuditProblem | null
}

export function auditTitle({ shell, survey, problem }: AuditPageProps): string {
  const title = fill(auditMessages(shell.locale).auditTitle, { survey: surveyTitle(shell.locale, survey) })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The participation audit of a survey: the draw, which is the office's, and the sample and findings, the auditor's. */
export function AuditPage(props: AuditPageProps) {
  const { shell, survey, stage, keyPrint, draw, done } = props
  const { locale } = shell
  const words = auditMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const back = mayFollow(shell) ? urls.survey(jid, cycle, survey.sid) : null
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.navAudits} />
      <ErrorSummary locale={locale} lines={problemLines(props, words)} />
      <h1>{fill(words.auditTitle, { survey: surveyTitle(locale, survey) })}</h1>
      {back && (
        <p class="noprint">
          <a href={carry(back, { locale })}>{words.backToSurvey}</a>
        </p>
      )}
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">{words.auditIntro}</p>
      {keyPrint && (
        <p>
          {words.contactKeyPrint} <code>{keyPrint}</code>
        </p>
      )}
      {stage === 'no_key' && <p class="note">{words.auditNoKey}</p>}
      {stage === 'before_close' && <p class="note">{words.auditBeforeClose}</p>}
      {stage === 'gone' && <p class="note">{words.auditGone}</p>}
      {stage === 'to_draw' && mayDecide(shell) && <DrawForm {...props} words={words} />}
      {stage === 'to_draw' && !mayDecide(shell) && <p class="note">{words.stands_to_draw}</p>}
      {draw && <Drawn {...props} drawing={draw} words={words} />}
      {draw && mayAudit(shell) && <SampleBlock {...props} words={words} />}
      {draw && <FindingsBlock {...props} drawing={draw} words={words} />}
    </OfficeShell>
  )
}

type PartProps = AuditPageProps & { words: AuditMessages }
type DrawnProps = PartProps & { drawing: NonNullable<AuditPageProps['draw']> }

function addressOf({ shell, survey }: AuditPageProps, page: typeof urls.audit): string {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return carry(page(jid, cycle, survey.sid), { locale: shell.locale })
}

function problemLines(props: AuditPageProps, words: AuditMessages): { href: string; text: string }[] {
  const { problem } = props
  if (problem === null) return []
  if (problem.kind === 'changed') return [{ href: '#main', text: words.problemChanged }]
  if (problem.kind === 'empty') return [{ href: '#main', text: words.problemEmpty }]
  if (problem.kind === 'draw')
    return problem.wrong.map((name) => ({ href: `#${name}`, text: drawProblem(words, name) }))
  return problem.wrong.map((name) => ({
    href: name === 'sum' ? '#confirmed' : `#${name}`,
    text: name === 'sum' ? sumProblem(props, words) : fill(words.problemCount, { what: words[name] }),
  }))
}

const drawProblem = (words: AuditMessages, name: 'seed' | 'size'): string =>
  name === 'seed' ? fill(words.problemSeed, seedLength) : fill(words.problemSize, { largest: largestSample })

/** The sum as it was typed, so that one sees what is missing. */
function sumProblem({ problem, draw }: AuditPageProps, words: AuditMessages): string {
  if (problem?.kind !== 'findings' || !draw) return words.problemChanged
  const { drawn, withoutContact } = draw
  const sum = findingNames.reduce((all, name) => all + Number(problem.typed[name]), withoutContact)
  return fill(words.problemSum, { ...problem.typed, withoutContact, sum, drawn })
}

/** POST to urls.auditDraw with `seed` and `size`. */
function DrawForm(props: PartProps) {
  const { shell, problem, words } = props
  const typed = problem?.kind === 'draw' ? problem : null
  const wrong = (name: 'seed' | 'size') => (typed?.wrong.includes(name) ? drawProblem(words, name) : undefined)
  return (
    <section class="block noprint">
      <h2>{words.drawHeading}</h2>
      <p>{words.drawText}</p>
      <form class="form" method="post" action={addressOf(props, urls.auditDraw)} autocomplete="off" novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
        <Field
          name="seed"
          label={words.seed}
          hint={fill(words.seedHint, seedLength)}
          problem={wrong('seed')}
          input={{ value: typed?.seed ?? '', required: true }}
        />
        <Field
          name="size"
          label={words.size}
          hint={fill(words.sizeHint, { largest: largestSample, usual: usualSample })}
          problem={wrong('size')}
          input={{ value: typed?.size ?? String(usualSample), inputmode: 'numeric', class: 'short' }}
        />
        <button type="submit" class="btn">
          {words.draw}
        </button>
      </form>
    </section>
  )
}

function Drawn({ survey, drawing, words }: DrawnProps) {
  const { seed, size, rolled, drawn, withoutContact, at } = drawing
  const count = drawn === size ? grouped(drawn) : fill(words.ofWanted, { drawn: grouped(drawn), size: grouped(size) })
  return (
    <section class="block">
      <h2>{words.drawnHeading}</h2>
      <dl class="facts">
        <dt>{words.seed}</dt>
        <dd>
          <bdi>{seed}</bdi>
        </dd>
        <dt>{words.drawnAt}</dt>
        <dd>{at}</dd>
        <dt>{words.rolled}</dt>
        <dd>{grouped(rolled)}</dd>
        <dt>{words.drawn}</dt>
        <dd>{count}</dd>
        <dt>{words.withoutContact}</dt>
        <dd>{grouped(withoutContact)}</dd>
      </dl>
      <p class="hint">{fill(words.rule, { survey: survey.name })}</p>
    </section>
  )
}

function SampleBlock(props: PartProps) {
  const { isRetired, words } = props
  return (
    <section class="block noprint">
      <h2>{words.sampleHeading}</h2>
      {isRetired ? (
        <p class="note">{words.sampleGone}</p>
      ) : (
        <>
          <p>{words.sampleText}</p>
          <p class="acts">
            <a class="btn btn-2" href={addressOf(props, urls.auditSample)}>
              {words.download}
            </a>
          </p>
        </>
      )}
    </section>
  )
}

function FindingsBlock(props: DrawnProps) {
  const { shell, findings, isPublished, words } = props
  return (
    <section class="block">
      <h2>{words.findingsHeading}</h2>
      {findings ? (
        <>
          <dl class="facts">
            {findingNames.map((name) => [
              <dt key={`${name}-name`}>{words[name]}</dt>,
              <dd key={name}>{grouped(findings[name])}</dd>,
            ])}
            <dt>{words.findingsAt}</dt>
            <dd>{findings.at}</dd>
          </dl>
          <p>{certaintyOf(findings.confirmed + findings.denied, words)}</p>
        </>
      ) : (
        <p>{isPublished ? words.findingsLate : words.findingsNone}</p>
      )}
      {isPublished && findings && <p class="note">{words.findingsFixed}</p>}
      {mayAudit(shell) && !isPublished && <FindingsForm {...props} />}
    </section>
  )
}

const certaintyOf = (reached: number, words: AuditMessages): string =>
  fill(words.certainty, { reached: grouped(reached), percent: detectionPercent(reached) })

/** POST to urls.auditFindings with the three counts, and with what stood there when the page was shown. */
function FindingsForm(props: DrawnProps) {
  const { shell, drawing, findings, problem, words } = props
  const typed = problem?.kind === 'findings' ? problem : null
  const { drawn, withoutContact } = drawing
  return (
    <form
      class="form noprint"
      method="post"
      action={addressOf(props, urls.auditFindings)}
      autocomplete="off"
      novalidate
    >
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen: seenOf(findings) }} />
      <p>{fill(words.findingsText, { drawn: grouped(drawn), withoutContact: grouped(withoutContact) })}</p>
      {findingNames.map((name) => (
        <Field
          key={name}
          name={name}
          label={words[name]}
          hint={words.countHint}
          problem={typed?.wrong.includes(name) ? fill(words.problemCount, { what: words[name] }) : undefined}
          input={{
            value: typed?.typed[name] ?? (findings ? String(findings[name]) : ''),
            inputmode: 'numeric',
            class: 'short',
          }}
        />
      ))}
      <button type="submit" class="btn">
        {findings ? words.recordAgain : words.record}
      </button>
    </form>
  )
}

/** What stood on the page, so that nobody overwrites what they have not seen: '3/1/0', '' for nothing. */
export const seenOf = (findings: Readonly<Record<FindingName, number>> | null): string =>
  findings ? findingNames.map((name) => findings[name]).join('/') : ''
