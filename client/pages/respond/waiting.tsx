import type { RespondMessages } from '../../messages/respond.ts'

/** Where script says, in a form that leads to another page, that this page is on its way. */
export function Waiting({ m }: { m: RespondMessages }) {
  return <p role="status" class="step" data-loading={m.loading} data-slow={m.loadingSlow} />
}
