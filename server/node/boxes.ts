import { hash } from 'node:crypto'
import { recordingDestruction } from '../../db/boxes.ts'
import type { LoggedSurvey } from '../../db/logs.ts'
import { listUndestroyedBoxes } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { surveyName } from '../../surveys/ballot.ts'
import { compareBytes, fromBase64url } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { Boxes, OpeningProgress, OpeningRefusal, OpeningRequest } from '../ballot/boxes.ts'
import { type BoxToOpen, findBox, isAgreed, type OpeningOptions, openBox } from '../ballot/opening.ts'
import { systemScope } from '../guard.ts'
import type { Keys } from '../keys.ts'
import { forgetContexts } from '../surveys.ts'
import type { World } from '../world.ts'
import { boxOpener } from './box-opener.ts'
import { publicKeyOf } from './envelopes.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/** The private key of a box, if it is the one: its public part must be that of the manifest. */
export async function boxKeyFor(
  world: { readonly keys: Pick<Keys, 'boxKeyFile'> },
  { manifest, name }: BoxToOpen,
  given: Uint8Array | null,
): Promise<Result<Uint8Array, 'wrong_key' | 'no_key_file'>> {
  const key = given ?? (await world.keys.boxKeyFile(name))
  if (!key) return err('no_key_file')
  const publicKey = publicKeyOf(key)
  const wanted = fromBase64url(manifest.box_pk ?? '')
  return publicKey && wanted && compareBytes(publicKey, wanted) === 0 ? ok(key) : err('wrong_key')
}

/** Opens a box on all processors of this machine; the key goes to the threads that read, and nowhere else. */
export async function openWith(
  world: World,
  scope: Scope,
  target: BoxToOpen,
  privateKey: Uint8Array,
  options: Pick<OpeningOptions, 'dryRun' | 'onProgress'>,
): ReturnType<typeof openBox> {
  const { name, manifest, manifestHash, file, plan } = target
  const opener = boxOpener({
    survey: name,
    manifestHash,
    privateKey,
    questionnaire: file.questionnaire.body,
    organs: file.organs.map(({ code }) => code),
    margins: plan.groups[file.survey.group].margins,
    minPad: manifest.min_pad ?? 0,
  })
  try {
    return await openBox(world, scope, target, { ...options, open: (envelopes) => opener.open(envelopes), sha256 })
  } finally {
    await opener.stop()
  }
}

/**
 * Takes away what could still read an envelope, and what may be left of them in the file; then records it. May be
 * interrupted and called again: only what is destroyed is recorded, and what is not recorded is found again.
 */
export async function destroyBox(world: World, scope: Scope, { jid, sid, survey }: LoggedSurvey): Promise<void> {
  const name = surveyName(jid, sid)
  await world.keys.destroyIssuers(name)
  await world.keys.destroyBoxKeys(name)
  await world.writer.compact()
  // A conflict means that somebody else has come to the end in the meantime.
  await world.writer.transact(recordingDestruction(scope, { survey, now: world.now() }))
}

/** The boxes of this installation, opened beside the requests of people; one opening of a survey at a time. */
export function createBoxes(world: () => World): Boxes {
  const openings = new Map<string, OpeningProgress>()
  const running = new Set<string>()
  /** When the log last said of a survey that it could not be destroyed. */
  const told = new Map<string, number>()

  async function run(scope: Scope, target: BoxToOpen, key: Uint8Array, name: string): Promise<void> {
    const here = world()
    const tell = (progress: OpeningProgress) => openings.set(name, progress)
    try {
      const opened = await openWith(here, scope, target, key, { onProgress: tell })
      if (!opened.ok) throw new Error(`the opening was ${opened.error}`)
      tell({ ...openings.get(name)!, step: 'destroying' })
      await destroyBox(here, scope, target.logged)
      tell({ ...openings.get(name)!, step: 'done' })
    } catch (error) {
      const at = new Date(here.now()).toISOString()
      const { name: kind, message } = error instanceof Error ? error : new Error(String(error))
      // What follows on a failed query's first line are its values, such as tags.
      const [what] = message.split('\n')
      here.log({ at, event: 'opening-failed', survey: target.name, error: kind, message: what! })
      tell({ ...(openings.get(name) ?? nothingYet), step: 'failed' })
    } finally {
      key.fill(0)
      running.delete(name)
      forgetContexts(here)
    }
  }

  return {
    async open(scope, { survey, privateKey }: OpeningRequest): Promise<Result<void, OpeningRefusal>> {
      const name = `${scope.jurisdiction}/${survey}`
      if (running.has(name)) return err('running')
      running.add(name)
      try {
        const target = await findBox(world(), scope, survey)
        const key = target.ok ? await boxKeyFor(world(), target.value, privateKey) : target
        if (!key.ok || !target.ok) {
          running.delete(name)
          return key as Result<never, OpeningRefusal>
        }
        if (!(await isAgreed(world(), scope, target.value))) {
          running.delete(name)
          return err('not_agreed')
        }
        openings.set(name, nothingYet)
        void run(scope, target.value, new Uint8Array(key.value), name)
        return ok(undefined)
      } catch (error) {
        running.delete(name)
        throw error
      }
    },
    async finishDestructions() {
      const here = world()
      for (const logged of await listUndestroyedBoxes(here.db)) {
        const name = `${logged.jurisdiction}/${logged.survey}`
        if (running.has(name)) continue
        running.add(name)
        try {
          await destroyBox(here, systemScope(logged.jurisdiction), logged)
        } catch (error) {
          const now = here.now()
          if (now - (told.get(name) ?? Number.NEGATIVE_INFINITY) < HOUR_MS) continue
          told.set(name, now)
          const kind = error instanceof Error ? error.name : 'unknown'
          const survey = surveyName(logged.jid, logged.sid)
          here.log({ at: new Date(now).toISOString(), event: 'not-destroyed', survey, error: kind })
        } finally {
          running.delete(name)
        }
      }
    },
    progress: (scope, survey) => openings.get(`${scope.jurisdiction}/${survey}`) ?? null,
  }
}

const HOUR_MS = 3_600_000

const nothingYet: OpeningProgress = {
  step: 'opening',
  total: 0,
  done: 0,
  valid: 0,
  invalid: 0,
  withdrawn: 0,
  belowMinimum: false,
}
