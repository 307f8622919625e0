import { fill } from '../../messages/fill.ts'
import { publicSiteMessages } from '../../messages/public-site.ts'
import { ScrollTable } from '../../parts/data-table.tsx'
import { Filled } from '../../parts/filled.tsx'
import { carry, urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'
import { SiteNav, type SitePlace, yearOf } from './site-nav.tsx'

export type FilesPageProps = View &
  SitePlace & {
    version: number
    /** Address with which the verifier is called. */
    address: string
    /** SHA-256 of the list and of the plan. */
    hash: string
    planHash: string
    files: readonly { path: string; sha256: string }[]
  }

export const filesTitle = (props: FilesPageProps): string =>
  `${fill(publicSiteMessages(props.locale).filesTitle, { cycle: props.cycleTitle })} – ${props.jurisdiction}`

/** Every published file with its hash, and how to compute everything from them again. */
export function FilesPage(props: FilesPageProps) {
  const { locale, jid, cycle, cycleTitle, version, address, hash, planHash, files } = props
  const words = publicSiteMessages(locale)
  const hrefOf = (file: string) => urls.versionBundle(jid, cycle, version, file)
  const link = (href: string, text: string) => (
    <li key={href}>
      <a class="alone" href={href}>
        {text}
      </a>
    </li>
  )
  return (
    <PublicFrame {...props} path={urls.resultsPart(jid, cycle, 'files')} wide>
      <p class="step">
        <bdi>{yearOf(props, locale)}</bdi>
      </p>
      <h1>
        <Filled text={words.filesTitle} values={{ cycle: <bdi>{cycleTitle}</bdi> }} />
      </h1>
      <SiteNav {...props} here="files" />
      <p>{words.filesIntro}</p>
      <p class="step">
        {words.bundleName} <code>{hash}</code>
      </p>
      <p class="step">
        {words.planName} <code>{planHash}</code>
      </p>
      <h2>{words.tablesHeading}</h2>
      <ul>
        {link(urls.resultsCsv(jid, cycle), words.tableCsv)}
        {link(hrefOf('results.json'), words.tableJson)}
      </ul>
      <h2>{words.filesCaption}</h2>
      <ScrollTable
        caption={words.filesCaption}
        quietCaption
        columns={[{ label: words.file }, { label: words.sha256 }]}
        rows={files.map(({ path, sha256 }) => [
          <a key={path} href={hrefOf(path)}>
            {path}
          </a>,
          <code key="h">{sha256}</code>,
        ])}
      />
      <p class="hint">{words.describedIn}</p>
      <h2>{words.verifyHeading}</h2>
      <p>{words.verifyText}</p>
      <pre>
        <code>npm run verify -- {address}</code>
      </pre>
      <p>
        <a class="alone" href={`${carry(urls.verify(), props)}#${address}`}>
          {words.verifyPage}
        </a>
      </p>
    </PublicFrame>
  )
}
