/** Where JSON stops being JSON: the parser of V8 says that in some of its messages only. */

/**
 * How many characters of a text stand before the first that is wrong.
 *
 * @param text JSON that cannot be parsed
 * @param error what JSON.parse says of it
 */
export function jsonFaultPosition(text: string, error: Error): number {
  const told = / at position (\d+)/.exec(error.message)
  if (told !== null) return Number(told[1])
  if (!isUnexpectedToken(error)) return text.length
  // A beginning of the text is complained of in these words exactly if it holds the token.
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (isUnexpectedToken(parseError(text.slice(0, middle)))) bad = middle
    else good = middle
  }
  return good
}

function isUnexpectedToken(error: Error | undefined): boolean {
  return error?.message.startsWith('Unexpected token') === true
}

function parseError(text: string): Error | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error as Error
  }
}

/** Such as `3:14`, both counted from 1, the column in UTF-16 code units as editors do. */
export function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position).split(/\r\n|\n|\r/)
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}
