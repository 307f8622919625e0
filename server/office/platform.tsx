import {
  newPlaceFields,
  PlaceCreatedPage,
  PlatformPage,
  type PlatformPageProps,
  placeCreatedTitle,
  platformTitle,
} from '../../client/pages/office/platform.tsx'
import { patterns } from '../../client/urls.ts'
import { listPlaces } from '../../db/places.ts'
import type { Scope } from '../../db/scope.ts'
import { answerHtml } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOf } from '../surveys.ts'
import { createTyped } from './new-place.ts'
import { shellOf } from './shell.ts'
import { welcomeLink } from './welcome.tsx'

/** Every place of the installation, and the form that creates another one. */
export const platformPage = defineRoute({
  method: 'GET',
  path: patterns.platform,
  policy: { who: ['platform_admin'], scope: 'platform', csrf: 'none', limit: 'none', cache: 'never' },
  handler: (exchange) => show(exchange, exchange.scope, { values: {}, problems: [] }, 200),
})

/** Creates a place with its first administrator, whose link is shown once. */
export const platformCreate = defineRoute({
  method: 'POST',
  path: patterns.platform,
  policy: {
    who: ['platform_admin'],
    scope: 'platform',
    fresh: true,
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, body, req, locale } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', ...newPlaceFields]) : null
    if (values?.code === undefined) return refuse(exchange, 'bad_request')
    const created = await createTyped(world, scope, values, { now: world.now(), req })
    if (!created.ok) return show(exchange, scope, { values, problems: created.error }, 422)
    const { token, email } = created.value
    const name = (locale === 'en' ? values.nameEn : values.nameZh) ?? values.code
    const link = welcomeLink(world, token, locale)
    const props = { shell: await shellOf(exchange, 'platform', null), name, email, link }
    return answerHtml(exchange, {
      face: 'office',
      title: placeCreatedTitle(props),
      body: <PlaceCreatedPage {...props} />,
    })
  },
})

async function show(
  exchange: Exchange<string, readonly []>,
  scope: Scope,
  said: Pick<PlatformPageProps, 'values' | 'problems'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const places = await listPlaces(world.db, scope)
  const names = new Map(places.map((place) => [place.code, nameOf(place, locale)]))
  const props: PlatformPageProps = {
    shell: await shellOf(exchange, 'platform', null),
    places: places.map(({ code, level, above, createdAt, ...place }) => ({
      ...{ code, level, name: nameOf(place, locale) },
      above: (above !== null && names.get(above)) || '',
      createdOn: dateText(createdAt, locale),
    })),
    ...said,
  }
  const body = <PlatformPage {...props} />
  return answerHtml(exchange, { face: 'office', title: platformTitle(props), body, status })
}
