/** The reply to EHLO (RFC 5321 section 4.1.1.1). */

/**
 * The extensions that a host announces, by keyword in upper case, with their parameters. The first line is the name of the host and
 * a greeting, whatever its words; of every other line the whole first word is the keyword.
 *
 * @param lines of a reply with code 250, without their code
 */
export function readExtensions(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.slice(1).map(line => {
      const [, keyword = '', parameters = ''] = /^(\S*)\s*(.*)$/s.exec(line.trim()) ?? []
      return [keyword.toUpperCase(), parameters]
    }),
  )
}

/** The lines of a reply without their code; [] where it is not one of 250. */
export function announcedLines(reply: string): string[] {
  return reply.startsWith('250') ? reply.split(/\r?\n/).map(line => line.slice(4).trim()) : []
}
