import { workerData } from 'node:worker_threads'
import { openDatabase } from '../../db/node/open.ts'
import { createScope } from '../../db/scope.ts'
import { computeStanding } from '../standing.ts'
import type { StandingQuestion } from './standing.ts'
import { answerQuestions } from './thread.ts'

/** Reads cells and computes estimates away from the thread that answers requests. */
const { url, token } = workerData as { url: string; token: string }
const database = openDatabase(url, token || undefined)

answerQuestions(async ({ scope, cycle }: StandingQuestion) =>
  computeStanding(await database, createScope(scope), cycle),
)
