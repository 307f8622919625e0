import { hash } from 'node:crypto'
import { workerData } from 'node:worker_threads'
import { openDatabase } from '../../db/node/open.ts'
import { createScope } from '../../db/scope.ts'
import { createTrees, type Trees } from '../trees.ts'
import { answerQuestions } from './thread.ts'
import type { TreeQuestion } from './trees.ts'

/** Reads the leaves of public logs and computes roots and proofs, away from the thread that answers requests. */
const { url, token } = workerData as { url: string; token: string }
const trees = openDatabase(url, token || undefined).then((db) =>
  createTrees(db, (bytes) => hash('sha256', bytes, 'buffer')),
)

answerQuestions(async (question: TreeQuestion) => answerTo(await trees, question))

function answerTo(all: Trees, question: TreeQuestion): Promise<unknown> {
  const scope = createScope(question.scope)
  switch (question.ask) {
    case 'root':
      return all.root(scope, ...question.given)
    case 'inclusion':
      return all.inclusion(scope, ...question.given)
    case 'consistency':
      return all.consistency(scope, ...question.given)
    case 'countMissing':
      return all.countMissing(scope, ...question.given)
    case 'missing':
      return all.missing(scope, ...question.given)
    case 'lastRow':
      return all.lastRow(scope, ...question.given)
  }
}
