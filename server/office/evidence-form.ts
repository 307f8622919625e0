import { fill } from '../../client/messages/fill.ts'
import { selfMessages } from '../../client/messages/self-assessment.ts'
import type { EvidenceFile } from '../../db/evidence.ts'
import { canonicalText, hex } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { type EvidenceType, evidenceLimits, longestFileName, typeOfName } from '../../surveys/self-assessment.ts'
import { isHttps } from '../config.ts'
import type { Upload } from '../evidence.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import type { Exchange } from '../route.ts'

// Files of evidence on their way in, by a form, and out again.

export interface TakenFile {
  readonly upload: Upload
  readonly file: EvidenceFile
}

/** Which of some files stand for `subject`, and why others cannot. `title`: what they are evidence of, in words. */
export function judgeFiles(
  uploads: readonly Upload[],
  {
    subject,
    kept,
    title,
  }: { readonly subject: string; readonly kept: readonly EvidenceFile[]; readonly title: string },
  locale: Locale,
): { readonly added: readonly TakenFile[]; readonly problems: readonly string[] } {
  const words = selfMessages(locale)
  const size = `${evidenceLimits.fileBytes / 1024 / 1024} MiB`
  const added: TakenFile[] = []
  const come: EvidenceFile[] = []
  const problems: string[] = []
  for (const upload of uploads) {
    const { bytes, sha256, type, isTooLarge } = upload
    const name = canonicalText(upload.name)
    const shown = { name: upload.name.slice(0, longestFileName), size, n: longestFileName }
    if (!name.ok || name.value === '' || [...name.value].length > longestFileName || name.value.includes('\n'))
      problems.push(fill(words.fileName, shown))
    else if (isTooLarge) problems.push(fill(words.fileLarge, shown))
    else if (bytes === 0) problems.push(fill(words.fileEmpty, shown))
    else if (type === null || typeOfName(name.value) !== type) problems.push(fill(words.fileType, shown))
    else {
      const file = { subject, sha256, name: name.value, type, bytes }
      added.push({ upload, file })
      if (![...kept, ...come].some((each) => isSameFile(each, file))) come.push(file)
    }
  }
  const most = evidenceLimits.perItem
  if (come.length > 0 && kept.length + come.length > most) problems.push(fill(words.fileMany, { item: title, n: most }))
  return { added, problems }
}

export const isSameFile = (
  one: Pick<EvidenceFile, 'subject' | 'sha256'>,
  other: Pick<EvidenceFile, 'subject' | 'sha256'>,
): boolean => one.subject === other.subject && hex(one.sha256) === hex(other.sha256)

/** A file of evidence, never shown by us: it is saved, and could run nothing if it were opened here. 404 where it is not kept. */
export async function answerEvidence(exchange: Exchange, file: EvidenceFile | undefined): Promise<Response> {
  const { world } = exchange
  const found = file && (await world.evidence?.open(file.sha256))
  if (!file || !found) return refuse(exchange, 'not_found')
  const plain = `evidence-${hex(file.sha256).slice(0, 8)}.${file.type}`
  const headers = {
    ...securityHeaders('office', isHttps(world.config), "default-src 'none'; frame-ancestors 'none'; sandbox"),
    'Content-Type': mediaTypes[file.type],
    'Content-Length': String(found.bytes),
    'Content-Disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encodeName(file.name)}`,
  }
  if (exchange.request.method !== 'HEAD') return new Response(found.stream, { headers })
  await found.stream.cancel()
  return new Response(null, { headers })
}

const mediaTypes: Readonly<Record<EvidenceType, string>> = {
  pdf: 'application/pdf',
  jpg: 'image/jpeg',
  png: 'image/png',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ofd: 'application/ofd',
}

/** RFC 8187: what encodeURIComponent leaves and a header may not hold is written out as well. */
const encodeName = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
