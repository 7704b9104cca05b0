import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readOctets } from '../../../src/cli/message-file.ts'

let folder: string
const nothing = { stdin: Readable.from([]) }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'message-file-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** A stream without an end. */
function endless(): Readable {
  return Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1_000, 'x')
    })(),
  )
}

describe('what a command reads', () => {
  test('is the octets of a file or of standard input as they are', async () => {
    const octets = Buffer.from('a\r\nb\n\xff\x00', 'latin1')
    const file = join(folder, 'octets')
    writeFileSync(file, octets)
    expect(await readOctets(file, nothing, octets.length)).toEqual(octets)
    expect(await readOctets('-', { stdin: Readable.from([octets]) }, octets.length)).toEqual(octets)
  })

  test('has an end: a stream without one is refused with its bound', async () => {
    await expect(readOctets('-', { stdin: endless() }, 10_000)).rejects.toThrow(
      '-: is larger than 10000 octets',
    )
  })

  test('is told by its name where it cannot be read', async () => {
    const missing = join(folder, 'missing')
    await expect(readOctets(missing, nothing)).rejects.toThrow(`${missing}: cannot be read (ENOENT`)
    await expect(readOctets(folder, nothing)).rejects.toThrow(`${folder}: cannot be read (EISDIR`)
  })
})
