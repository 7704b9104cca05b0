/**
 * Files in which daily reports come: as they are, gzipped, or in a ZIP archive, told apart by their first octets. Anybody can send
 * one, so what is unpacked is bounded and the names in archives are never used (RFC 9990 section 8.1).
 */
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'

export type Opened =
  | { readonly kind: 'documents'; readonly documents: readonly Buffer[] }
  | { readonly kind: 'refused'; readonly reason: string }

/** Documents of one archive; those of reports have one. */
const maxEntries = 16

/**
 * The documents in a file.
 *
 * @param maxOctets of all of them together
 */
export async function openReportFile(octets: Buffer, maxOctets: number): Promise<Opened> {
  try {
    if (octets.subarray(0, 2).equals(gzipMagic)) {
      return documents([await promisify(gunzip)(octets, { maxOutputLength: maxOctets })])
    }
    if (octets.subarray(0, 2).toString('latin1') === 'PK') return await unzip(octets, maxOctets)
    return octets.length > maxOctets ? tooLarge(maxOctets) : documents([octets])
  } catch (error) {
    const isBomb = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return isBomb
      ? tooLarge(maxOctets)
      : { kind: 'refused', reason: `it cannot be unpacked: ${wordsOf(error)}` }
  }
}

const gzipMagic = Buffer.from([0x1f, 0x8b])

function documents(found: readonly Buffer[]): Opened {
  return { kind: 'documents', documents: found }
}

function tooLarge(maxOctets: number): Opened {
  return { kind: 'refused', reason: `unpacked it is larger than ${maxOctets} octets` }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function unzip(octets: Buffer, maxOctets: number): Promise<Opened> {
  const archive = await fromBufferPromise(octets)
  const found: Buffer[] = []
  let room = maxOctets
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue
    if (found.length === maxEntries)
      return { kind: 'refused', reason: `it has more than ${maxEntries} files in it` }
    const document = await contentOf(entry, archive, room)
    if (document === undefined) return tooLarge(maxOctets)
    room -= document.length
    found.push(document)
  }
  return documents(found)
}

/** What the archive says of its sizes is not believed; undefined where there is more than that. */
async function contentOf(entry: Entry, archive: ZipFile, maxOctets: number): Promise<Buffer | undefined> {
  const stream: Readable = await archive.openReadStreamPromise(entry)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxOctets) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
