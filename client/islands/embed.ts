// On other sites: shows the start page of a survey in the place of a link to it. The link stays as long as nothing has come
// into the frame, so a site that may not show it, or a browser that cannot, loses nothing.

const script = document.currentScript as HTMLScriptElement | null
const links = script ? document.querySelectorAll<HTMLAnchorElement>('a.gongping') : []
for (const link of Array.from(links)) show(link, new URL(script!.src).origin)

function show(link: HTMLAnchorElement, origin: string): void {
  const found = /^\/s(\/[^/]+\/[^/]+)$/.exec(link.pathname)
  if (link.origin !== origin || !found) return
  const frame = document.createElement('iframe')
  frame.src = `${origin}/embed${found[1]}${link.search}`
  frame.title = link.textContent || ''
  // Neither cookies nor storage, and nothing but a new window leads out.
  frame.setAttribute('sandbox', 'allow-scripts allow-popups allow-popups-to-escape-sandbox')
  frame.referrerPolicy = 'no-referrer'
  frame.style.cssText = 'display:block;width:100%;height:0;border:0'
  addEventListener('message', ({ source, data }: MessageEvent<{ gongping?: unknown } | null>) => {
    const height = data && typeof data === 'object' ? data.gongping : undefined
    if (source !== frame.contentWindow || typeof height !== 'number' || !(height > 0)) return
    frame.style.height = `${Math.min(Math.ceil(height), 4_000)}px`
    link.hidden = true
  })
  link.insertAdjacentElement('afterend', frame)
}
