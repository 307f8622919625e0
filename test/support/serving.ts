import { serve } from '@hono/node-server'
import { createTestApp, type TestApp, type TestAppOptions } from './app.ts'
import { freePort } from './server.ts'

/** The application with a clock that stands still, behind a socket that a browser can reach. */
export interface ServedApp extends TestApp {
  /** `http://localhost:{port}`. */
  readonly base: string
  /** A header with which somebody comes from a network of their own, as behind a proxy. */
  fromAfar(): Record<string, string>
}

export interface ServingOptions extends TestAppOptions {
  /** Another address that people may use, such as that of a line before the socket. */
  readonly alsoAt?: string
}

export async function serveTestApp({ alsoAt, ...options }: ServingOptions = {}): Promise<ServedApp> {
  const port = await freePort()
  const base = `http://localhost:${port}`
  const proxy = '127.0.0.1'
  const env = { PUBLIC_ORIGIN: alsoAt ? `${base},${alsoAt}` : base, TRUSTED_PROXIES: proxy, ...options.env }
  const app = await createTestApp({ ...options, env })
  const server = serve({ fetch: (request) => app.app.fetch(request, { peer: proxy }), port, hostname: proxy })
  let networks = 0
  return {
    ...app,
    base,
    fromAfar() {
      networks += 1
      return { 'x-forwarded-for': `10.0.${networks >> 8}.${networks & 255}` }
    },
    async close() {
      const closed = new Promise((done) => server.close(done))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
      await app.close()
    },
  }
}
