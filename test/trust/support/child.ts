import { writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Writer } from '../../../db/database.ts'
import { migrateDatabase } from '../../../db/node/migrate.ts'
import { openDatabase } from '../../../db/node/open.ts'
import { openEmbeddedWriter } from '../../../db/node/writer.ts'
import { createScope } from '../../../db/scope.ts'
import { moveSurvey } from '../../../db/setup.ts'
import { itemOf } from './persons.ts'

// A process to be killed or starved of its disk: the embedded writer as the server runs it, without the server. It says
// what it does line by line, each line with one system call, so that a trace shows words and writes in their order.

/** What such a process does; handed over as JSON. */
export type Task =
  | {
      readonly do: 'submit'
      readonly url: string
      readonly jurisdiction: number
      /** How many persons answer at once, phase after phase. */
      readonly phases: readonly number[]
      /** Asks again, as people do, while the storage says that it is unavailable. */
      readonly patient?: boolean
      /** A faulty process on purpose: acknowledges before it commits. */
      readonly hasty?: boolean
    }
  | {
      readonly do: 'close'
      readonly url: string
      readonly jurisdiction: number
      /** How many persons answer before, and together with, the closing. */
      readonly before: number
      readonly together: number
    }
  | { readonly do: 'migrate'; readonly url: string; readonly folder: string }

const say = (line: string): void => void writeSync(1, `${line}\n`)

async function submit(writer: Writer, task: Task & { do: 'submit' }): Promise<void> {
  const { jurisdiction, phases, patient = false, hasty = false } = task
  let person = 0
  for (const size of phases) {
    const persons = Array.from({ length: size }, () => person++)
    await Promise.all(
      persons.map(async (at) => {
        for (let tries = 1; ; tries++) {
          say(`send ${at}`)
          if (hasty) say(`ack ${at} accepted`)
          try {
            const outcome = await writer.submit(itemOf(jurisdiction, at))
            if (!hasty) say(`ack ${at} ${outcome}`)
            return
          } catch (error) {
            say(`fail ${at} ${(error as Error).name}`)
            if (!patient || tries === 40) return
            await pause(25)
          }
        }
      }),
    )
  }
}

async function close(writer: Writer, { jurisdiction, before, together }: Task & { do: 'close' }): Promise<void> {
  const answer = async (at: number) => {
    const outcome = await writer.submit(itemOf(jurisdiction, at))
    say(`ack ${at} ${outcome}`)
  }
  await Promise.all(Array.from({ length: before }, (_, at) => answer(at)))
  const scope = createScope({ jurisdiction, actor: 'system', role: 'system' })
  // The small survey's hour is long over: its times are those of 1970.
  const move = { survey: 1, from: 'open', to: 'closed', dueToClose: true, now: Date.UTC(2026, 0, 1) } as const
  const closing = moveSurvey(writer, scope, move).then((moved) => say(moved.ok ? 'closed' : `not ${moved.error}`))
  await Promise.all([closing, ...Array.from({ length: together }, (_, at) => answer(before + at))])
}

async function perform(task: Task): Promise<void> {
  if (task.do === 'migrate') {
    say(`migrated ${await migrateDatabase({ url: task.url, folder: task.folder })}`)
    return
  }
  const writer = await openEmbeddedWriter(task.url)
  // As in the server somebody reads meanwhile: the log then outlives a write connection that is opened anew.
  const reader = await openDatabase(task.url)
  say('ready')
  if (task.do === 'submit') await submit(writer, task)
  else await close(writer, task)
  reader.$client.close()
  await writer.stop()
  say('stopped')
}

perform(JSON.parse(process.argv[2] ?? '') as Task).catch((error: unknown) => {
  say(`refused ${error instanceof Error ? error.message : String(error)}`)
  process.exit(3)
})
