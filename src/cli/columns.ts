/** Text for people, in lines of at most 80 columns. */

const columns = 80

/**
 * Breaks a text at its spaces; a word that is longer than a line has a line of its own.
 *
 * @param indent what each line begins with
 */
export function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (line !== '' && indent.length + joined.length > columns) {
      lines.push(indent + line)
      line = word
    } else {
      line = joined
    }
  }
  return [...lines, indent + line]
}
