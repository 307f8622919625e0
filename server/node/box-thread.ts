import { workerData } from 'node:worker_threads'
import {
  checkResponse,
  type EnvelopeFault,
  envelopeContext,
  envelopeInfo,
  readPlaintext,
  type SealedResponse,
} from '../../surveys/envelope.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { err, type Result } from '../../surveys/result.ts'
import { type BoxFacts, type Envelope, type OpenedParcel, type Parcel, packOpened, unpackParcel } from './box-opener.ts'
import { envelopeOpener } from './envelopes.ts'
import { answerQuestions } from './thread.ts'

/** Opens envelopes beside the thread that reads them and writes what is in them. */
const { survey, manifestHash, privateKey, questionnaire, organs, margins, minPad } = workerData as BoxFacts
const decrypt = envelopeOpener(privateKey, envelopeInfo(survey, manifestHash))
const parsed = parseQuestionnaire(JSON.parse(questionnaire))
if (!parsed.ok) throw new Error(`the questionnaire of ${survey} does not parse`)
const terms = { survey, organs, margins, questionnaire: parsed.value }

answerQuestions((parcel: Parcel): OpenedParcel => packOpened(unpackParcel(parcel).map(open)))

function open({ tag, cell, ver, enc, ct }: Envelope): Result<SealedResponse, EnvelopeFault> {
  const plaintext = decrypt(enc, envelopeContext(survey, cell, tag, ver), ct)
  if (plaintext === null) return err('not_opened')
  const read = readPlaintext(plaintext, minPad)
  if (!read.ok) return read
  const checked = checkResponse(read.value, { ...terms, cell })
  return checked.ok ? read : checked
}
