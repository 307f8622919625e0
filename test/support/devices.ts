import { AsyncLocalStorage } from 'node:async_hooks'
import type { Ballot, Collected, Outcome } from '../../client/islands/ballot/contract.ts'
import type { FormWords } from '../../client/pages/respond/island-words.ts'

// Many people in one process, each with a device of their own on which the page's own modules run: what those ask of a
// browser (storage, the network, the way to the receipt) is answered by the device that the call comes from.

/** The outcome of one person's sending. */
export type Ending = { readonly receipt: string } | { readonly refused: string }

interface Device {
  readonly base: string
  readonly headers: Record<string, string>
  readonly storage: Map<string, string>
  end(ending: Ending): void
}

const present = new AsyncLocalStorage<Device>()
const here = (): Device => {
  const device = present.getStore()
  if (!device) throw new Error('nobody is at this device')
  return device
}

/** What a form of the page is to the modules that send it. */
export interface Form {
  readonly action: string
  readonly fields: readonly (readonly [string, string])[]
  readonly manifest: string
  /** `{jid}/{sid}`. */
  readonly survey: string
}

/** How fast time goes on the devices: the pauses between tries are those of the page, only shorter. */
const speed = 10

/** The modules, over a browser that has what they use. */
async function loadModules() {
  const { fetch: network, setTimeout: later } = globalThis
  Object.assign(globalThis, {
    setTimeout: (act: () => void, milliseconds = 0, ...given: []) =>
      later(act, present.getStore() ? milliseconds / speed : milliseconds, ...given),
    document: { documentElement: { dataset: {} } },
    addEventListener: () => undefined,
    localStorage: {
      getItem: (name: string) => here().storage.get(name) ?? null,
      setItem: (name: string, text: string) => void here().storage.set(name, text),
    },
    location: { replace: (receipt: string) => here().end({ receipt }) },
    fetch: (address: string, init: RequestInit = {}) => {
      const device = present.getStore()
      if (!device) return network(address, init)
      const { base, headers } = device
      return network(new URL(address, base), { ...init, headers: { ...init.headers, ...headers } })
    },
    FormData: class {
      readonly form: Form
      constructor(form: Form) {
        this.form = form
      }
      forEach(each: (value: string, name: string) => void) {
        for (const [name, value] of this.form.fields) each(value, name)
      }
    },
  })
  Object.defineProperty(globalThis, 'navigator', { value: { onLine: true }, configurable: true })
  const [{ createBallot }, { createSender, post }] = await Promise.all([
    import('../../client/islands/ballot/send.ts'),
    import('../../client/islands/respond/send.ts'),
  ])
  return { createBallot, createSender, post }
}

let modules: ReturnType<typeof loadModules> | null = null

// Only fields and address of a form are read, and it is sent as a whole where the page would be left.
const asElement = (form: Form & Record<'dataset' | 'elements' | 'submit', unknown>) =>
  form as unknown as HTMLFormElement

// Nothing is shown here: the name of a sentence stands for it.
const wordNames = new Proxy({}, { get: (_, name) => String(name) }) as FormWords

export interface Sending {
  readonly base: string
  readonly headers: Record<string, string>
  readonly form: Form
  /** Of a sealed survey: what is sealed. Otherwise the fields are sent as they are. */
  readonly collected?: Collected
  /** Stands in for the page's own way to send. */
  readonly post?: (form: HTMLFormElement) => Promise<Outcome>
}

/** Presses the button once and waits, with the page's own rules of trying again, for the receipt or a refusal. */
export async function sendFromDevice({ base, headers, form, collected, post: own }: Sending): Promise<Ending> {
  modules = modules ?? loadModules()
  const { createBallot, createSender, post } = await modules
  return new Promise((end) => {
    present.run({ base, headers, storage: new Map(), end }, () => {
      const value = (name: string) => form.fields.find(([field]) => field === name)?.[1] ?? ''
      const element = asElement({
        ...form,
        dataset: { survey: form.survey, manifest: form.manifest },
        elements: { namedItem: (name: string) => ({ value: value(name) }) },
        submit: () => end({ refused: 'page' }),
      })
      const ballot: Ballot | null = collected ? createBallot(element) : null
      const sealed = async (isRetry: boolean): Promise<Outcome> => {
        try {
          return await ballot!(collected!, isRetry)
        } catch {
          return { kind: 'lost' }
        }
      }
      const sender = createSender({
        form: element,
        words: wordNames,
        post: ballot ? sealed : () => (own ?? post)(element),
        isKept: () => true,
        tell: () => undefined,
        // Trouble that another try may end has a button for it.
        showTrouble: ({ title, action }) => action === '' && end({ refused: title }),
        showProblems: (errors) => end({ refused: JSON.stringify(errors) }),
        dropDraft: () => undefined,
      })
      sender.send()
    })
  })
}
