// The few types of the Workers runtime that this folder uses.
declare module 'cloudflare:workers' {
  export abstract class DurableObject<Env> {
    constructor(state: DurableObjectState, env: Env)
    protected readonly ctx: DurableObjectState
    protected readonly env: Env
  }
  export interface DurableObjectState {
    blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>
    waitUntil(work: Promise<unknown>): void
  }
}

interface DurableObjectNamespace<T> {
  idFromName(name: string): DurableObjectId
  get(id: DurableObjectId): Remote<T>
}

interface DurableObjectId {
  toString(): string
}

/** Calls on a stub always answer later. */
type Remote<T> = {
  [Name in keyof T]: T[Name] extends (...given: infer Given) => infer Answer
    ? (...given: Given) => Promise<Awaited<Answer>>
    : never
}

interface Fetcher {
  fetch(request: Request | string): Promise<Response>
}

interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void
}
