import type { Result, Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

/**
 * A router for each first part of a path. Hono's fastest one cannot hold `/office/sign-in` beside `/office/:jid/:cycle`;
 * this way the office alone does without it, and no form pays for that.
 */
export class RouterByFirstPart<T> implements Router<T> {
  readonly name = 'RouterByFirstPart'
  readonly #routers = new Map<string, Router<T>>()

  add(method: string, path: string, handler: T): void {
    const first = firstPart(path)
    let router = this.#routers.get(first)
    if (!router) {
      router = new SmartRouter<T>({ routers: [new RegExpRouter<T>(), new TrieRouter<T>()] })
      this.#routers.set(first, router)
    }
    router.add(method, path, handler)
  }

  match(method: string, path: string): Result<T> {
    return this.#routers.get(firstPart(path))?.match(method, path) ?? [[], []]
  }
}

/** firstPart('/s/jiangzhou/leaders-2026') // '/s' */
function firstPart(path: string): string {
  const end = path.indexOf('/', 1)
  return end < 0 ? path : path.slice(0, end)
}
