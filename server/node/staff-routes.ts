import { apiRoutes } from '../api/routes.ts'
import { officeRoutes } from '../office/routes.ts'

/** What staff and their programs use. A file of its own, so that a process loads it when somebody asks for it. */
export const staffRoutes = [...officeRoutes, ...apiRoutes]
