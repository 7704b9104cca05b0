/** Text from outside made fit for a terminal and for one line of a log. */

/** Control characters (C0, DEL, C1), line and paragraph separators, and what turns the direction of writing around. */
const unprintable = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Writes every unprintable character as an escape such as `\x1b` or `\u202e`: what comes from outside moves no cursor. */
export function printable(text: string): string {
  return text.replace(unprintable, character => {
    const code = character.charCodeAt(0)
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
