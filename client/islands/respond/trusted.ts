type Rules = { createScriptURL(url: string): string; createHTML(html: string): string }

let policy: Rules | null = null

/** Browsers that check what may become a script or a part of the page are told that what is our own may. */
export function trusted(): Rules {
  const { trustedTypes } = window as unknown as { trustedTypes?: { createPolicy(name: string, rules: Rules): Rules } }
  const asIs = (text: string) => text
  const rules = { createScriptURL: asIs, createHTML: asIs }
  policy = policy || (trustedTypes ? trustedTypes.createPolicy('gongping', rules) : rules)
  return policy
}
