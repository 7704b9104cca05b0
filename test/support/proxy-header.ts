/** Headers of the PROXY protocol version 2, as a balancer would write them. */
import { crc32c } from '../../src/receive/crc32c.ts'

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** @param block addresses and additions */
export function proxyHeader2(command: number, family: number, block: Buffer): Buffer {
  const head = Buffer.from([command, family, block.length >> 8, block.length & 255])
  return Buffer.concat([signature, head, block])
}

export function tcp4Block(source: readonly number[], port: number): Buffer {
  return Buffer.from([...source, 192, 0, 2, 25, port >> 8, port & 255, 0, 25])
}

/** @param source 32 hexadecimal digits */
export function tcp6Block(source: string, port: number): Buffer {
  const ports = Buffer.from([port >> 8, port & 255, 0, 25])
  return Buffer.concat([Buffer.from(source, 'hex'), Buffer.alloc(16), ports])
}

/** One type-length-value. */
export function addition(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value])
}

/** The header with its checksum, which stands at the end. */
export function withChecksum(command: number, family: number, block: Buffer): Buffer {
  const header = proxyHeader2(command, family, Buffer.concat([block, addition(3, Buffer.alloc(4))]))
  header.writeUInt32BE(crc32c(header), header.length - 4)
  return header
}
