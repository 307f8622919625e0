import type { ComponentChildren } from 'preact'
import { resultsMessages } from '../../messages/results.ts'
import { Tools } from '../../parts/bar.tsx'
import { carry, urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'

/** What stands around the pages about results: skip link, the way home, text size, language, then the content. */
export function PublicFrame(props: View & { path: string; wide?: boolean; children: ComponentChildren }) {
  const { locale, size, demo, path, wide, children } = props
  const words = resultsMessages(locale)
  return (
    <div class={wide ? 'wrap wrap-wide' : 'wrap'}>
      <a class="skip" href="#main">
        {words.skip}
      </a>
      <header>
        {demo && <p class="demo">{words.demo}</p>}
        <div class="bar">
          <a class="brand" href={carry(urls.index(), { locale, size })}>
            {words.product}
          </a>
          <Tools {...{ locale, size, again: { path } }} />
        </div>
      </header>
      <main id="main">{children}</main>
    </div>
  )
}
