import type { Page } from 'playwright-core'
import type { Ground } from './ground.ts'
import type { Look } from './looks.ts'

/** Says that a state is in view; it may be limited to the looks that it exists in. */
export type Note = (state: string, only?: (look: Look) => boolean) => Promise<void>

/** One way through the pages of respondents; every state on it is named once. */
export interface Journey {
  readonly name: string
  /** Whether it is another one without script. */
  readonly script: readonly boolean[]
  walk(page: Page, ground: Ground, note: Note): Promise<void>
}

/** The button that goes on. */
export const press = (page: Page) => page.locator('main form button[type=submit]:not([formaction])').last().click()
