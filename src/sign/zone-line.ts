/** A TXT record as a name server's zone file has it. */

/** Octets of one string in a TXT record (RFC 1035 section 3.3). */
const maxTxtStringOctets = 255

/** A record as a line of a zone file (RFC 1035 section 5.1): text beyond 255 octets is cut into several strings. */
export function zoneFileLine(name: string, text: string): string {
  const strings: string[] = []
  for (let at = 0; at < text.length; at += maxTxtStringOctets)
    strings.push(text.slice(at, at + maxTxtStringOctets))
  return `${name}. IN TXT ${strings.map(part => `"${part}"`).join(' ')}`
}
