/** Text as it can stand in a header field of HTTP: UTF-8 as its octets, which node:http writes as latin1; no controls. */
export function headerText(text: string): string {
  return Buffer.from(text.replace(/[\x00-\x1f\x7f]/g, ' '), 'utf8').toString('latin1')
}
