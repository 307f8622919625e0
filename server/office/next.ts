/** Where somebody wanted to go; '' for anything but a path of the office. */
// Only paths of our own: `//host` and `/\host` are addresses of others for a browser.
export function safeNext(text: string): string {
  return /^\/office(\/[A-Za-z0-9._/-]*)?(\?[A-Za-z0-9=&%._-]*)?$/.test(text) && !text.includes('//') ? text : ''
}
