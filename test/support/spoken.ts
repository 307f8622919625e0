import type { Page } from 'playwright-core'

interface AxValue {
  readonly value?: unknown
}
interface AxNode {
  readonly nodeId: string
  readonly childIds?: readonly string[]
  readonly ignored: boolean
  readonly role?: AxValue
  readonly name?: AxValue
  readonly description?: AxValue
  readonly properties?: readonly { readonly name: string; readonly value: AxValue }[]
}

// What only holds the words that another line says.
const silent = new Set(
  'none generic paragraph RootWebArea StaticText InlineTextBox LineBreak ListMarker LabelText separator'.split(' '),
)
const states = new Set(['checked', 'expanded', 'disabled', 'invalid', 'focused', 'pressed', 'live'])

/**
 * What Chromium tells a screen reader about the page, a line for each thing in the order of reading: role, name,
 * description, and what is told of its state, such as `radio "非常满意" checked=false`.
 */
export async function spoken(page: Page): Promise<string[]> {
  const client = await page.context().newCDPSession(page)
  const { nodes } = (await client.send('Accessibility.getFullAXTree')) as { nodes: readonly AxNode[] }
  await client.detach()
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const read = (node: AxNode | undefined): AxNode[] =>
    node ? [node, ...(node.childIds ?? []).flatMap((id) => read(byId.get(id)))] : []
  return read(nodes[0])
    .filter(({ ignored, role }) => !ignored && !silent.has(String(role?.value)))
    .map(lineOf)
}

function lineOf({ role, name, description, properties = [] }: AxNode): string {
  const words = [name, description].flatMap((each) => (each?.value ? [`"${String(each.value)}"`] : []))
  const told = properties.flatMap(({ name: state, value }) => {
    const text = String(value.value)
    // That something is not focused or not disabled goes without saying.
    const isTold = states.has(state) && (text !== 'false' || /^(checked|expanded|pressed)$/.test(state))
    return isTold ? [`${state}=${text}`] : []
  })
  return [String(role?.value), ...words, ...told].join(' ')
}
