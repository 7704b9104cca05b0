/**
 * The fields that tell a reader's mail program what a content filter thinks. Their names begin with `X-`, so no header hash of
 * DKIM2 covers them (draft-ietf-dkim-dkim2-spec-06 section 4): they are put on and taken off without changing what was signed.
 */
import type { HeaderField } from '../message/message.ts'
import { lowerAscii, newField } from '../message/message.ts'
import type { FilterVerdict } from './content-filter.ts'

const names: ReadonlySet<string> = new Set(['x-spam', 'x-spam-flag', 'x-spam-status'])

/** True for a field that says what the fields below say; from outside it would be believed as if the filter here had said it. */
export function isSpamField({ name }: Pick<HeaderField, 'name'>): boolean {
  return names.has(lowerAscii(name))
}

/** RFC 5322 section 2.1.1. */
const lineOctets = 78

/** Symbols that a field names; the record of the message has them all. */
const maxSymbols = 20

/** The fields of a message that is marked, the first one topmost. */
export function spamFields({ score, requiredScore, symbols }: FilterVerdict): HeaderField[] {
  const pieces = [
    'Yes,',
    ...(score === undefined ? [] : [`score=${score.toFixed(2)}`]),
    ...(requiredScore === undefined ? [] : [`required=${requiredScore.toFixed(2)}`]),
    `tests=${symbols.slice(0, maxSymbols).join(', ')}`,
  ]
  return [
    newField('X-Spam', 'Yes'),
    newField('X-Spam-Flag', 'YES'),
    newField('X-Spam-Status', folded('X-Spam-Status: '.length, pieces.join(' ').split(' '))),
  ]
}

function folded(column: number, words: readonly string[]): string {
  let at = column
  return words.reduce((text, word) => {
    const fits = at + 1 + word.length <= lineOctets
    at = fits ? at + 1 + word.length : 1 + word.length
    return `${text}${fits ? ' ' : '\r\n '}${word}`
  })
}
