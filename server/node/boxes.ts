import { hash } from 'node:crypto'
import { recordingDestruction } from '../../db/boxes.ts'
import type { Scope } from '../../db/scope.ts'
import { compareBytes, fromBase64url } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { Boxes, OpeningProgress, OpeningRefusal, OpeningRequest } from '../ballot/boxes.ts'
import { type BoxToOpen, findBox, type OpeningOptions, type OpeningResult, openBox } from '../ballot/opening.ts'
import { forgetContexts } from '../surveys.ts'
import type { World } from '../world.ts'
import { boxOpener } from './box-opener.ts'
import { publicKeyOf } from './envelopes.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/** The private key of a box, if it is the one: its public part must be that of the manifest. */
export async function boxKeyFor(
  world: Pick<World, 'keys'>,
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
): Promise<Result<OpeningResult, 'refused' | 'unreadable' | 'conflict'>> {
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

/** Takes away what could still read an envelope, and what may be left of them in the file. */
export async function destroyBox(world: World, scope: Scope, { name, logged }: BoxToOpen): Promise<void> {
  await world.keys.destroyIssuers(name)
  await world.keys.destroyBoxKeys(name)
  await world.writer.transact(recordingDestruction(scope, { survey: logged.survey, now: world.now() }))
  await world.writer.compact()
}

/** The boxes of this installation, opened beside the requests of people; one opening of a survey at a time. */
export function createBoxes(world: () => World): Boxes {
  const openings = new Map<string, OpeningProgress>()
  const running = new Set<string>()

  async function run(scope: Scope, target: BoxToOpen, key: Uint8Array, name: string): Promise<void> {
    const here = world()
    const tell = (progress: OpeningProgress) => openings.set(name, progress)
    try {
      const opened = await openWith(here, scope, target, key, { onProgress: tell })
      if (!opened.ok) throw new Error(`the opening was ${opened.error}`)
      tell({ ...openings.get(name)!, step: 'destroying' })
      await destroyBox(here, scope, target)
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
        openings.set(name, nothingYet)
        void run(scope, target.value, new Uint8Array(key.value), name)
        return ok(undefined)
      } catch (error) {
        running.delete(name)
        throw error
      }
    },
    progress: (scope, survey) => openings.get(`${scope.jurisdiction}/${survey}`) ?? null,
  }
}

const nothingYet: OpeningProgress = {
  step: 'opening',
  total: 0,
  done: 0,
  valid: 0,
  invalid: 0,
  withdrawn: 0,
  belowMinimum: false,
}
