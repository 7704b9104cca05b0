import { describe, expect, test } from 'vitest'
import { hasBoundedHeader, returnedMessage } from '../../../src/bounce/returned-message.ts'

describe('a returned message', () => {
  test('with a header section that nobody had sent is not read: its lines cost memory far beyond their octets', () => {
    expect(returnedMessage(Buffer.from(`${'a\r\n'.repeat(7_000)}\r\nbody\r\n`), true)).toBeUndefined()
    expect(hasBoundedHeader(Buffer.from('a\n'.repeat(7_000)))).toBe(false)
    expect(hasBoundedHeader(Buffer.alloc(3 * 1024 * 1024, 0x61))).toBe(false)
  })

  test('may have a body of any number of lines', () => {
    const content = Buffer.from(`A: b\r\n\r\n${'x\r\n'.repeat(50_000)}`)
    expect(returnedMessage(content, true)).toMatchObject({ hasBody: true })
    expect(hasBoundedHeader(Buffer.from(`A: b\n\n${'x\n'.repeat(50_000)}`))).toBe(true)
  })
})
