import { workerData } from 'node:worker_threads'
import { openDatabase } from '../../db/node/open.ts'
import { createScope } from '../../db/scope.ts'
import { computeDetails } from '../details.ts'
import { computeFieldwork } from '../fieldwork.ts'
import { computeScreening } from '../screening.ts'
import { computeStanding } from '../standing.ts'
import type { CycleQuestion } from './standing.ts'
import { answerQuestions } from './thread.ts'

/** Reads cells and slips and computes what follows, away from the thread that answers requests. */
const { url, token } = workerData as { url: string; token: string }
const database = openDatabase(url, token || undefined)
const answers = {
  standing: computeStanding,
  screening: computeScreening,
  details: computeDetails,
  fieldwork: computeFieldwork,
}

answerQuestions(async ({ what, scope, cycle, today }: CycleQuestion) =>
  answers[what](await database, createScope(scope), cycle, today),
)
