import type { Hono } from 'hono'
import { createMeter } from './meter.ts'
import { firstRoutes } from './respondent-routes.ts'
import type { Route } from './route.ts'
import { appOf } from './routing.ts'
import { siteRoutes } from './site-routes.ts'
import type { World } from './world.ts'

/** Routes for everyone: forms, receipts, results. They run on every runtime. */
export const publicRoutes: readonly Route[] = [...firstRoutes, ...siteRoutes]

/**
 * The whole application for one world. Throws at start when a route has no sound policy, stands twice, or was added
 * to the router in any other way than `defineRoute`. `staff` are the routes of the office, where accounts can run.
 */
export function createApp(world: World, staff: readonly Route[] = []): Hono {
  return appOf(world, createMeter(world), [...publicRoutes, ...staff])
}
