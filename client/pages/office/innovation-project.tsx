import { longestProject } from '../../../surveys/innovation.ts'
import { evidenceLimits, evidenceTypes } from '../../../surveys/self-assessment.ts'
import { fill } from '../../messages/fill.ts'
import { type InnovationMessages, innovationMessages } from '../../messages/innovation.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** Most characters of a remark. */
export const longestRemark = 500
export const scoreField = (criterion: string): string => `score.${criterion}`

export type ProjectPageProps = {
  shell: OfficeShellProps
  organ: string
  href: string
  rateHref: string
  text: { title: string; content: string; effect: string }
  isNew: boolean
  mayEdit: boolean
  version: number
  files: readonly { name: string; hash: string; href: string }[]
  /** Why a member of the panel cannot rate it. */
  hindrance: 'rateConflict' | 'rateFirst' | null
  /** The rating of a member of the panel while ratings come in. */
  rating: { criteria: readonly { id: string; title: string; weight: number; value: string }[]; remark: string } | null
  /** Those of all, once they may be read. */
  ratings: {
    criteria: readonly string[]
    rows: readonly { name: string; points: readonly string[]; total: string; remark: string }[]
  } | null
  /** What is wrong, by the name of its field. */
  said: Readonly<Record<string, string>>
  /** What stands above everything else when something was refused. */
  message: string
  done: 'saved' | 'rated' | null
}

export function projectTitle({ shell, organ, text, isNew, said, message }: ProjectPageProps): string {
  const words = innovationMessages(shell.locale)
  const title = isNew ? fill(words.newTitle, { organ }) : fill(words.projectTitle, { title: text.title })
  const isRefused = message !== '' || Object.keys(said).length > 0
  return isRefused ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** One innovation project. */
export function ProjectPage(props: ProjectPageProps) {
  const { shell, organ, text, isNew, mayEdit, files, said, message, done, rating, hindrance, ratings } = props
  const { locale } = shell
  const words = innovationMessages(locale)
  const lines = Object.entries(said).map(([name, problem]) => ({ href: `#${name}`, text: problem }))
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{isNew ? fill(words.newTitle, { organ }) : <bdi>{text.title || words.project}</bdi>}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      {message && <p class="note warn">{message}</p>}
      {mayEdit ? (
        <ProjectForm {...props} words={words} />
      ) : (
        <dl class="facts">
          <dt>{words.organ}</dt>
          <dd>
            <bdi>{organ}</bdi>
          </dd>
          <dt>{words.content}</dt>
          <dd>{text.content}</dd>
          <dt>{words.effect}</dt>
          <dd>{text.effect}</dd>
          {files.length > 0 && (
            <>
              <dt>{words.files}</dt>
              {files.map(({ name, hash, href }) => (
                <dd key={hash}>
                  <a href={href} download>
                    <bdi>{name}</bdi>
                  </a>
                </dd>
              ))}
            </>
          )}
        </dl>
      )}
      {hindrance && <p class="note">{words[hindrance]}</p>}
      {rating && hindrance === null && <RatingForm {...props} rating={rating} words={words} />}
      {ratings && (
        <section class="block" aria-labelledby="ratings">
          <h2 id="ratings">{words.ratings}</h2>
          <Scroll label={words.ratings}>
            <DataTable
              caption={words.ratings}
              quietCaption
              columns={[
                { label: words.member },
                ...ratings.criteria.map((label) => ({ label, numeric: true })),
                { label: words.total, numeric: true },
                { label: words.remark },
              ]}
              rows={ratings.rows.map(({ name, points, total, remark }) => [
                <bdi key="n">{name}</bdi>,
                ...points,
                total,
                <bdi key="r">{remark}</bdi>,
              ])}
            />
          </Scroll>
        </section>
      )}
    </OfficeShell>
  )
}

type PartProps = ProjectPageProps & { words: InnovationMessages }

function ProjectForm({ shell, href, text, isNew, version, files, said, words }: PartProps) {
  const most = evidenceLimits.perItem
  const size = `${evidenceLimits.fileBytes / 1024 / 1024} MiB`
  return (
    <form
      class="form"
      method="post"
      action={carry(href, { locale: shell.locale })}
      enctype="multipart/form-data"
      novalidate
    >
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', version }} />
      <Field
        name="title"
        label={words.projectName}
        problem={said['title']}
        input={{ value: text.title, maxLength: longestProject.title, autocomplete: 'off' }}
      />
      <TextArea
        name="content"
        label={words.content}
        hint={fill(words.contentHint, { n: longestProject.content })}
        problem={said['content']}
        input={{ rows: 6, value: text.content, maxLength: longestProject.content, autocomplete: 'off' }}
      />
      <TextArea
        name="effect"
        label={words.effect}
        hint={fill(words.effectHint, { n: longestProject.effect })}
        problem={said['effect']}
        input={{ rows: 6, value: text.effect, maxLength: longestProject.effect, autocomplete: 'off' }}
      />
      <fieldset class="field">
        <legend>{words.files}</legend>
        <ul class="self-files">
          {files.map(({ name, hash, href: file }) => (
            <li key={hash}>
              <a href={file} download>
                <bdi>{name}</bdi>
              </a>{' '}
              <label class="check">
                <input type="checkbox" name="remove" value={hash} /> {fill(words.removeFile, { name })}
              </label>
            </li>
          ))}
        </ul>
        <Field
          name="file"
          label={words.addFiles}
          hint={fill(words.addFilesHint, { size, n: most })}
          problem={said['file']}
          input={{
            type: 'file',
            multiple: true,
            accept: [...evidenceTypes, 'jpeg'].map((type) => `.${type}`).join(','),
          }}
        />
      </fieldset>
      <p class="actions">
        <button type="submit" class="btn" name="do" value="save">
          {words.save}
        </button>{' '}
        {!isNew && (
          <button type="submit" class="btn btn-2" name="do" value="withdraw">
            {words.withdraw}
          </button>
        )}
      </p>
    </form>
  )
}

function RatingForm({
  shell,
  rateHref,
  rating,
  said,
  words,
}: PartProps & { rating: NonNullable<PartProps['rating']> }) {
  return (
    <form class="form block" method="post" action={carry(rateHref, { locale: shell.locale })} novalidate>
      <h2>{words.rateTitle}</h2>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
      {rating.criteria.map(({ id, title, weight, value }) => (
        <Field
          key={id}
          name={scoreField(id)}
          label={title}
          hint={fill(words.rateHint, { weight })}
          problem={said[scoreField(id)]}
          input={{ value, inputMode: 'decimal', autocomplete: 'off', size: 8, maxLength: 20 }}
        />
      ))}
      <TextArea
        name="remark"
        label={words.remark}
        problem={said['remark']}
        input={{ rows: 2, value: rating.remark, maxLength: longestRemark, autocomplete: 'off' }}
      />
      <button type="submit" class="btn">
        {words.rate}
      </button>
    </form>
  )
}
