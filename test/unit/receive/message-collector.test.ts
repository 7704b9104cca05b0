import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../../src/receive/memory-budget.ts'
import {
  type CollectFault,
  type CollectorBounds,
  MessageCollector,
} from '../../../src/receive/message-collector.ts'

const bounds: CollectorBounds = {
  maxMessageBytes: 100_000,
  maxHeaderBytes: 50_000,
  maxHeaderLines: 5_000,
  maxLineBytes: 20_000,
}

interface Collected {
  /** undefined: the end of the message did not come, or there was a fault. */
  readonly message: string | undefined
  readonly fault: CollectFault | undefined
  readonly state: 'open' | 'complete' | 'exhausted'
  /** What follows the end of the message. */
  readonly rest: string
}

/** Feeds chunks until the message is complete. Octets are latin1 here. */
function collect(
  chunks: readonly string[],
  limits: Partial<CollectorBounds> = {},
  memoryBytes = 1e9,
): Collected {
  const memory = new MemoryBudget(memoryBytes)
  const collector = new MessageCollector({ ...bounds, ...limits }, memory)
  let rest = ''
  for (const chunk of chunks) {
    if (collector.state !== 'open') rest += chunk
    else rest += chunk.slice(collector.feed(Buffer.from(chunk, 'latin1')))
  }
  const { fault, state } = collector
  const message =
    state === 'complete' && fault === undefined ? collector.take().toString('latin1') : undefined
  collector.release()
  expect(memory.usedBytes).toBe(0)
  return { message, fault, state, rest }
}

/** All ways to cut a text once, and the way to cut it everywhere. */
function cuts(text: string): string[][] {
  const once = Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)])
  return [...once, [...text]]
}

describe('end of data is CRLF.CRLF and nothing else', () => {
  // Each is what a lenient server takes for the end of the message; what follows would then run as commands.
  const smuggled = [
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r',
    '\r\n.\r',
    '\r.\r\n',
    '\r\n.\r\r\n',
    '\n\n.\r\n',
    '\r\n\x00.\r\n',
    '\r\r\n.\n',
  ]
  test.each(smuggled)('%j does not end the message, wherever the segments are cut', sequence => {
    const text = `Subject: x\r\n\r\nbody${sequence}MAIL FROM:<evil@origin.example>\r\n.\r\nQUIT\r\n`
    for (const chunks of cuts(text)) {
      const { state, rest, fault } = collect(chunks)
      expect({ state, rest, fault }).toEqual({
        state: 'complete',
        rest: 'QUIT\r\n',
        fault: sequence.includes('\x00') ? 'nul' : 'bare-line-end',
      })
    }
  })

  test('a NUL octet anywhere is a fault, found only at the end of data (RFC 5321 section 2.3.8)', () => {
    for (const text of ['\0\r\n.\r\n', 'a: b\0\r\n\r\n.\r\n', 'a: b\r\n\r\nx\0y\r\n.\r\n', '.\0\r\n.\r\n']) {
      for (const chunks of cuts(text)) {
        expect(collect(chunks)).toMatchObject({ state: 'complete', fault: 'nul', rest: '' })
      }
    }
  })

  test('a bare CR or LF anywhere is a fault, found only at the end of data', () => {
    for (const text of [
      'a\nb\r\n.\r\n',
      'a\rb\r\n.\r\n',
      '\n.\r\n\r\n.\r\n',
      '\r\r\n.\r\n',
      '.\n\r\n.\r\n',
      '.\rx\r\n.\r\n',
    ]) {
      for (const chunks of cuts(text)) {
        expect(collect(chunks)).toMatchObject({ state: 'complete', fault: 'bare-line-end', rest: '' })
      }
    }
  })

  test('the message is open as long as its end is missing', () => {
    for (const text of ['', '.', '.\r', 'a\r\n.', 'a\r\n.\r', 'a\r\n..\r\n', 'a.\r\n', '\r\n']) {
      for (const chunks of cuts(text)) expect(collect(chunks).state).toBe('open')
    }
  })
})

describe('dots', () => {
  const stuffed: [wire: string, message: string][] = [
    ['.\r\n', ''],
    ['\r\n.\r\n', '\r\n'],
    ['a\r\n.\r\n', 'a\r\n'],
    ['..\r\n.\r\n', '.\r\n'],
    ['...\r\n.\r\n', '..\r\n'],
    ['.a\r\n.\r\n', 'a\r\n'],
    ['a\r\n..b\r\n.\r\n', 'a\r\n.b\r\n'],
    ['a\r\n.b\r\n.\r\n', 'a\r\nb\r\n'],
    ['a.\r\nb..c\r\n.\r\n', 'a.\r\nb..c\r\n'],
    ['..\r\n..\r\n..\r\n.\r\n', '.\r\n.\r\n.\r\n'],
  ]
  test.each(stuffed)('the first dot of a line is removed (RFC 5321 section 4.5.2): %j', (wire, message) => {
    for (const chunks of cuts(wire))
      expect(collect(chunks)).toMatchObject({ message, fault: undefined, rest: '' })
  })

  test('what was stuffed comes out as it was, however it is cut', () => {
    const line = fc.stringMatching(/^[.a\x01\xff ]{0,6}$/)
    const cutAt = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), cutAt, (lines, sizes) => {
        const message = lines.map(text => `${text}\r\n`).join('')
        const wire = `${lines.map(text => `${text.startsWith('.') ? '.' : ''}${text}\r\n`).join('')}.\r\nNOOP`
        expect(collect(inPieces(wire, sizes))).toMatchObject({ message, rest: 'NOOP' })
      }),
      { numRuns: 500 },
    )
  })

  test('any octets give what a plain reading of RFC 5321 gives, however they are cut', () => {
    const wire = fc.stringMatching(/^[\r\n.a]{0,24}$/).map(text => text.replaceAll('a', '\r\n'))
    const cutAt = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(wire, cutAt, (text, sizes) => {
        const end = `\r\n${text}`.indexOf('\r\n.\r\n')
        const got = collect(inPieces(text, sizes))
        expect(got.state).toBe(end < 0 ? 'open' : 'complete')
        if (end < 0) return
        const content = text.slice(0, end)
        const isClean = !/\r(?!\n)|(?<!\r)\n/.test(content)
        expect(got.fault).toBe(isClean ? undefined : 'bare-line-end')
        expect(got.message).toBe(isClean ? `\r\n${content}`.replace(/\r\n\./g, '\r\n').slice(2) : undefined)
        expect(got.rest).toBe(text.slice(end + 3))
      }),
      { numRuns: 2_000 },
    )
  })
})

function inPieces(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return pieces
}

describe('octets', () => {
  test('all 256 octets but NUL, CR and LF pass unchanged', () => {
    const every = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join('')
    const line = `x${every.replace(/[\0\r\n]/g, '')}\r\n`
    expect(collect([`${line}.\r\n`]).message).toBe(line)
  })

  test('the message fills an ArrayBuffer of its own', () => {
    const collector = new MessageCollector(bounds, new MemoryBudget(1e6))
    collector.feed(Buffer.from('a\r\n.\r\n'))
    const octets = collector.take()
    expect([octets.byteOffset, octets.buffer.byteLength]).toEqual([0, octets.length])
  })

  test('a message that comes octet by octet is kept in few pieces and comes out whole', () => {
    const message = `Subject: x\r\n\r\n${`${'0123456789'.repeat(1_900)}\r\n`.repeat(8)}`
    const collected = collect([...`${message}.\r\n`], { maxMessageBytes: 200_000 })
    expect(collected.message === message).toBe(true)
  })
})

describe('bounds', () => {
  const header = 'Subject: x\r\n\r\n'

  test('a message of exactly the greatest size is taken, one octet more is not', () => {
    expect(collect(['1234567\r\n.\r\n'], { maxMessageBytes: 9 }).message).toBe('1234567\r\n')
    expect(collect(['12345678\r\n.\r\n'], { maxMessageBytes: 9 })).toMatchObject({
      fault: 'message-too-big',
      state: 'complete',
    })
  })

  test('stuffed dots do not count for the size (RFC 1870 section 5)', () => {
    expect(collect(['..34567\r\n.\r\n'], { maxMessageBytes: 8 }).message).toBe('.34567\r\n')
  })

  test('a line of exactly the greatest length is taken, one octet more is not', () => {
    expect(collect([`${header}12345678\r\n.\r\n`], { maxLineBytes: 10 }).fault).toBeUndefined()
    for (const line of ['12345678901', '12345678901234']) {
      for (const chunks of cuts(`${header}${line}\r\n.\r\n`)) {
        expect(collect(chunks, { maxLineBytes: 10 })).toMatchObject({
          fault: 'line-too-long',
          state: 'complete',
        })
      }
    }
  })

  test('a header section beyond its bound is a fault, a body of that size is not', () => {
    expect(collect([`${header}${'x\r\n'.repeat(100)}.\r\n`], { maxHeaderBytes: 14 }).fault).toBeUndefined()
    for (const chunks of cuts(`Subject: xy\r\n\r\nbody\r\n.\r\n`)) {
      expect(collect(chunks, { maxHeaderBytes: 14 }).fault).toBe('header-too-big')
    }
  })

  test('a header section without an end is not read forever', () => {
    expect(collect([`${'x: y\r\n'.repeat(50)}.\r\n`], { maxHeaderBytes: 100 }).fault).toBe('header-too-big')
  })

  test('a header section of more lines than the bound is refused, and lines of the body do not count', () => {
    const header = 'a: b\r\n\tfolded\r\n'
    expect(collect([`${header}\r\n${'x\r\n'.repeat(9)}.\r\n`], { maxHeaderLines: 3 }).fault).toBeUndefined()
    expect(collect([`${header}c: d\r\n\r\n.\r\n`], { maxHeaderLines: 3 }).fault).toBe('header-too-big')
  })

  test('memory that is not there is a fault, and what was taken is given back', () => {
    expect(collect([`${header}body`, ' and more\r\n.\r\n'], {}, 20)).toMatchObject({
      fault: 'no-memory',
      state: 'complete',
    })
  })

  test('a message that is refused anyway is not read without end', () => {
    const chunks = Array<string>(30).fill('1234567\r\n')
    expect(collect(chunks, { maxMessageBytes: 100 })).toMatchObject({
      fault: 'message-too-big',
      state: 'exhausted',
    })
  })

  test('the first fault is the one that is reported', () => {
    expect(collect(['a\nb\r\n', '12345678901234567890\r\n.\r\n'], { maxMessageBytes: 10 }).fault).toBe(
      'bare-line-end',
    )
  })
})
