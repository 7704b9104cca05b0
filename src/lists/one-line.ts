/** Text from outside (subjects, names, addresses) on its way into a mail or a page of this relay. */

/** Controls of C0 and C1, line ends of Unicode, what turns the direction of writing around, and what has no width. */
const unshowable =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|\p{Surrogate}/gu

/**
 * Text that stays on one line and shows what it is: unshowable characters become spaces, runs of white space one space,
 * and it ends after `maxCharacters` (whole characters, then `...`).
 */
export function oneLine(text: string, maxCharacters = 200): string {
  // Cut before it is looked at: what strangers send is bounded by the size of a message only.
  const start = text.slice(0, 8 * maxCharacters)
  const letters = [...start.replace(unshowable, ' ').replace(/\s+/g, ' ').trim()]
  const isWhole = start.length === text.length && letters.length <= maxCharacters
  return isWhole ? letters.join('') : `${letters.slice(0, maxCharacters).join('')}...`
}
