/** ZIP archives (APPNOTE.TXT 4.3) of a few files, written by hand so that they can lie about their sizes. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZippedFile {
  readonly name: string
  readonly content: Buffer
  /** What the archive says of the size unpacked; without it the truth. */
  readonly claimedOctets?: number
}

export function zipOf(files: readonly ZippedFile[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let at = 0
  for (const { name, content, claimedOctets = content.length } of files) {
    const deflated = deflateRawSync(content)
    const facts = Buffer.alloc(16)
    facts.writeUInt32LE(crc32(content), 4)
    facts.writeUInt32LE(deflated.length, 8)
    facts.writeUInt32LE(claimedOctets, 12)
    const lengths = Buffer.from([name.length, 0, 0, 0])
    const local = [Buffer.from('PK\x03\x04\x14\0\0\0\x08\0'), facts, lengths, Buffer.from(name), deflated]
    const offset = Buffer.alloc(4)
    offset.writeUInt32LE(at)
    const rest = [Buffer.alloc(10), offset, Buffer.from(name)]
    central.push(Buffer.from('PK\x01\x02\x14\0\x14\0\0\0\x08\0'), facts, lengths, ...rest)
    locals.push(...local)
    at += local.reduce((sum, { length }) => sum + length, 0)
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, directory, end])
}
