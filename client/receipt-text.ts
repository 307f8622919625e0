/** A receipt as it stands in an address: both parts base64url, 32 and 64 bytes. */
export interface ReceiptText {
  readonly tag: string
  readonly signature: string
}

const TAG = /(?:^|[#?&\s])t=([\w-]{43})/
const SIGNATURE = /(?:^|[#?&;\s])g=([\w-]{86})/
const JSON_TAG = /"tag":\s*"([\w-]{43})"/
const JSON_SIGNATURE = /"sig":\s*"([\w-]{86})"/

/**
 * Finds a receipt in what somebody kept of it: the link, the saved file, or the answer that a program got. Mail and chat
 * break long lines, so what does not read as it is is read once more without its white space. null: there is none.
 */
export function findReceipt(text: string): ReceiptText | null {
  return readIn(text) ?? readIn(text.replace(/\s+/g, ''))
}

function readIn(text: string): ReceiptText | null {
  const tag = (TAG.exec(text) ?? JSON_TAG.exec(text))?.[1]
  const signature = (SIGNATURE.exec(text) ?? JSON_SIGNATURE.exec(text))?.[1]
  return tag && signature ? { tag, signature } : null
}
