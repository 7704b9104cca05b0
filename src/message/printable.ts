/**
 * Text from outside on its way to people and into fields: terminals, logs, mails and pages of this relay, SMTP replies. There are two
 * sets of characters. Controls break lines, fields and terminals; no text of ours holds them. Deceptive characters are controls
 * and what makes text show as something that it is not: they are kept where software reads an address, and nowhere else.
 */

/** C0, DEL and C1, the line ends of Unicode, and halves of characters. */
const controls = String.raw`\x00-\x1f\x7f-\x9f\u2028\u2029\p{Surrogate}`
/** What turns the direction of writing around (Unicode's Bidi_Control). */
const directionMarks = String.raw`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069`
/** What has no width, and what is no character: soft hyphen, joiners, fillers, byte order mark, specials. */
const invisible = String.raw`\u00ad\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\uffff`

const anyControl = new RegExp(`[${controls}]`, 'u')
const controlRuns = new RegExp(`[${controls}]+`, 'gu')
const anyDirectionMark = new RegExp(`[${directionMarks}]`, 'gu')
const deceptive = new RegExp(`[${controls}${directionMarks}${invisible}]`, 'gu')

/** True for text that no line and no header field can hold. */
export function hasControls(text: string): boolean {
  return anyControl.test(text)
}

/** Text that keeps its direction: with these characters a title can show as the name of somebody else. */
export function withoutDirectionMarks(text: string): string {
  return text.replace(anyDirectionMark, '')
}

/** One line that software reads, an address above all: runs of controls become a space, everything else stays. */
export function withoutControls(text: string): string {
  return text.replace(controlRuns, ' ').trim()
}

/** One line for a terminal or a log: every deceptive character becomes an escape such as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replace(deceptive, character => {
    const code = character.charCodeAt(0)
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** One line of an explanation: every deceptive character becomes `?`, and a password in a URL is not shown. */
export function masked(text: string): string {
  return withoutPassword(text.replace(deceptive, '?'))
}

/** Takes the password out of URLs such as `postgres://user:password@host/`. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^\s:@/?#]*:)[^\s@/?#]*@/g, '$1...@')
}

/**
 * One line of a mail or a page: deceptive characters become spaces, runs of white space one space, and it ends after `maxCharacters`
 * (whole characters, then `...`).
 */
export function oneLine(text: string, maxCharacters = 200): string {
  // Cut before it is looked at: what strangers send is bounded by the size of a message only.
  const start = text.slice(0, 8 * maxCharacters)
  const letters = [...start.replace(deceptive, ' ').replace(/\s+/g, ' ').trim()]
  const isWhole = start.length === text.length && letters.length <= maxCharacters
  return isWhole ? letters.join('') : `${letters.slice(0, maxCharacters).join('')}...`
}

/** One line of printable ASCII, as SMTP replies without SMTPUTF8 are: controls become spaces, other characters `?`. */
export function asciiLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, ' ').replace(/[^\x20-\x7e]/gu, '?')
}
