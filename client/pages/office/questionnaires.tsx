import type { SurveyState } from '../../../surveys/cycle.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { questionnaireMessages } from '../../messages/questionnaires.ts'
import { resultsMessages } from '../../messages/results.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { groups } from './questionnaire-file-problems.ts'

/** A questionnaire with all its versions, the newest first. */
export type ListedQuestionnaire = {
  id: string
  group: GroupId
  title: string
  versions: readonly {
    version: number
    saved: string
    uses: readonly { cycle: string; sid: string; state: SurveyState }[]
  }[]
}

export type QuestionnairesPageProps = {
  shell: OfficeShellProps
  jid: string
  questionnaires: readonly ListedQuestionnaire[]
  /** What was sent to begin with, and why it could not be. */
  begun: { start: string; group: string; problem: string | null }
}

export const starts = ['file', ...groups] as const

export function questionnairesTitle({ shell, begun }: QuestionnairesPageProps): string {
  const title = questionnaireMessages(shell.locale).listTitle
  return begun.problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

export function QuestionnaireCrumbs({
  shell,
  jid,
  here,
}: {
  shell: OfficeShellProps
  jid: string
  here: string | null
}) {
  const words = officeMessages(shell.locale)
  const { nav } = questionnaireMessages(shell.locale)
  const carried = { locale: shell.locale }
  const home = { text: words.navHome, href: carry(urls.office(), carried) }
  const list = { text: nav, href: here === null ? null : carry(urls.questionnaires(jid), carried) }
  return (
    <Crumbs label={words.crumbsLabel} steps={here === null ? [home, list] : [home, list, { text: here, href: null }]} />
  )
}

/** Every questionnaire with its versions and who asks by them, and where another one begins. */
export function QuestionnairesPage(props: QuestionnairesPageProps) {
  const { shell, jid, questionnaires, begun } = props
  const { locale } = shell
  const words = questionnaireMessages(locale)
  const names = resultsMessages(locale)
  const lines = begun.problem ? [{ href: '#file', text: begun.problem }] : []
  return (
    <OfficeShell shell={shell}>
      <QuestionnaireCrumbs shell={shell} jid={jid} here={null} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{words.listTitle}</h1>
      <p class="lead">{words.listIntro}</p>
      {questionnaires.length === 0 && <p class="note">{words.listNone}</p>}
      {questionnaires.map((each) => (
        <section class="block" key={each.id} aria-labelledby={`q-${each.id}`}>
          <div class="head">
            <h2 id={`q-${each.id}`}>
              {each.title} <code>{each.id}</code> <span class="tag">{names[each.group]}</span>
            </h2>
          </div>
          <Versions {...props} questionnaire={each} />
        </section>
      ))}
      {mayDecide(shell) && (
        <form
          class="block form"
          method="post"
          enctype="multipart/form-data"
          action={carry(urls.questionnaireDraft(jid), { locale })}
          novalidate
        >
          <h2>{words.newTitle}</h2>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <Select
            name="start"
            label={words.start}
            hint={words.startHint}
            options={starts.map((start) => ({ value: start, text: words[`start_${start}`] }))}
            value={begun.start}
          />
          <Field
            name="file"
            label={words.file}
            hint={words.fileHint}
            problem={begun.problem ?? undefined}
            input={{ type: 'file', accept: '.json,.xlsx' }}
          />
          <Select
            name="group"
            label={words.group}
            hint={words.groupHint}
            options={groups.map((group) => ({ value: group, text: names[group] }))}
            value={begun.group}
          />
          <p class="buttons">
            <button type="submit" class="btn">
              {words.newSubmit}
            </button>
          </p>
        </form>
      )}
    </OfficeShell>
  )
}

function Versions({ shell, jid, questionnaire }: QuestionnairesPageProps & { questionnaire: ListedQuestionnaire }) {
  const { locale } = shell
  const words = questionnaireMessages(locale)
  const states = officeMessages(locale)
  const { id, versions } = questionnaire
  const caption = fill(words.listCaption, { id })
  // A single version has nothing to be compared with.
  const isCompared = versions.length > 1
  const comparison = (version: number, earlier: number | undefined) =>
    earlier === undefined ? (
      ''
    ) : (
      <a key="c" href={carry(`${urls.questionnaireCompare(jid, id)}?from=${earlier}&to=${version}`, { locale })}>
        {words.compareLink}
      </a>
    )
  return (
    <Scroll label={caption}>
      <DataTable
        caption={caption}
        columns={[
          { label: words.version },
          { label: words.savedAt },
          { label: words.usedBy },
          ...(isCompared ? [{ label: words.compareCaption }] : []),
        ]}
        rows={versions.map(({ version, saved, uses }, at) => [
          <a key="v" href={carry(urls.questionnaire(jid, id, version), { locale })}>
            {fill(words.versionLink, { version })}
          </a>,
          saved || words.savedUnknown,
          uses.length === 0
            ? words.usedByNone
            : uses
                .map(({ cycle, sid, state }) => fill(words.use, { cycle, sid, state: states[state] }))
                .join(resultsMessages(locale).listSeparator),
          ...(isCompared ? [comparison(version, versions[at + 1]?.version)] : []),
        ])}
      />
    </Scroll>
  )
}
