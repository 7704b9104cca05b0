import { expect, test } from 'vitest'
import { messageCache } from '../../../src/service/message-cache.ts'

function message(sizeBytes: number) {
  return { chunks: [], sizeBytes, eightBit: false, smtpUtf8: false }
}

test('what is beyond the bound falls out, the oldest first; what is larger than the bound never comes in', () => {
  const cache = messageCache(100)
  cache.put('a', message(60))
  cache.put('b', message(40))
  cache.put('c', message(50))
  cache.put('d', message(101))
  expect(['a', 'b', 'c', 'd'].map(id => cache.get(id)?.sizeBytes)).toEqual([undefined, 40, 50, undefined])
})

test('a message that is put again or dropped is counted once', () => {
  const cache = messageCache(100)
  cache.put('a', message(90))
  cache.put('a', message(50))
  cache.put('b', message(50))
  expect(cache.get('a')).toBeDefined()
  cache.drop('a')
  cache.put('c', message(50))
  expect(cache.get('b')).toBeDefined()
})
