/** Addresses as people write them. */

/** An address; `<>` and the empty text are the null reverse-path, angle brackets around it are taken off. */
export function addressArgument(text: string): string {
  return text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text
}
