/**
 * What is known of a key beside the key itself: when it was made, which key it replaces, since when it signs. It stands in
 * a file `<selector>._domainkey.<domain>.json` beside the key. A key without a note was there from the beginning and signs.
 *
 * Each step of a rotation writes one note, and a note is replaced as a whole: whenever the machine stops, the folder
 * holds the state before the step or the one after it, and no two programs write the same note for different reasons.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { KeyError, replaceFile } from './key-file.ts'
import type { KeyName } from './key-name.ts'
import { noteFileName } from './key-name.ts'

/** All times in Unix milliseconds. */
export interface KeyNote {
  readonly madeAt?: number
  /** Selector of the key whose place this one takes. */
  readonly replaces?: string
  /** When its record was seen in DNS; absent: it does not sign yet. */
  readonly activeSince?: number
  /** Until when the record of the replaced key must stay published. */
  readonly replacedUntil?: number
  /** When it was taken out of use for good. */
  readonly retiredAt?: number
}

export interface NamedNote {
  readonly name: KeyName
  readonly note: KeyNote
}

const time = z.iso.datetime().transform(text => Date.parse(text))

/** Strict: a member that this program does not know could mean that the key must not sign. */
const noteFile = z.strictObject({
  madeAt: time.exactOptional(),
  replaces: z.string().exactOptional(),
  activeSince: time.exactOptional(),
  replacedUntil: time.exactOptional(),
  retiredAt: time.exactOptional(),
})

/** @throws KeyError for a note that cannot be read: whether its key may sign is then unknown */
export async function readNote(folder: string, name: KeyName): Promise<NamedNote> {
  const file = join(folder, noteFileName(name))
  try {
    return { name, note: noteFile.parse(JSON.parse(await readFile(file, 'utf8'))) }
  } catch (cause) {
    throw new KeyError(`${file}: is no note of a key: ${reasonOf(cause)}`, { cause })
  }
}

/** Writes a note or takes the place of an older one. It is on disk when this resolves. */
export async function writeNote(folder: string, { name, note }: NamedNote): Promise<void> {
  const { replaces, ...times } = note
  const written = {
    ...(replaces === undefined ? {} : { replaces }),
    ...Object.fromEntries(
      Object.entries(times).map(([what, at]) => [what, new Date(at as number).toISOString()]),
    ),
  }
  await replaceFile(join(folder, noteFileName(name)), `${JSON.stringify(written, undefined, 2)}\n`)
}

function reasonOf(cause: unknown): string {
  return cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message
}
