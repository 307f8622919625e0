import { listCyclesOf } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import type { Exchange } from '../route.ts'
import { shellOf } from './shell.ts'

/** Questionnaires belong to no cycle: around them stands the newest. */
export async function questionnaireShell(exchange: Exchange, scope: Scope) {
  const [newest] = await listCyclesOf(exchange.world.pages, [scope.jurisdiction])
  return shellOf(exchange, 'questionnaires', newest ?? null)
}
