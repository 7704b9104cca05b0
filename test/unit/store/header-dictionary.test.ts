/** How header sections are kept. */
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { packedSection, unpackedSection } from '../../../src/store/header-dictionary.ts'

const section = Buffer.from(
  'From: Ann <ann@origin.example>\r\nTo: team@alias.example\r\nSubject: Plans\r\nMIME-Version: 1.0\r\nMessage-ID: <1@origin.example>\r\n\r\n',
)

test('a header section comes back to the octet, and takes less room than packed alone', () => {
  const octets = Buffer.concat([section, Buffer.from(Array.from({ length: 256 }, (_, octet) => octet))])
  expect(unpackedSection(packedSection(octets))).toEqual(octets)
  expect(packedSection(section).section.length).toBeLessThan(0.7 * deflateRawSync(section).length)
})

test('what earlier versions have kept is read: packed alone, and with the dictionary as it was', () => {
  expect(unpackedSection({ section: deflateRawSync(section), form: 0 })).toEqual(section)
  const kept = 'gyh3zMtTsEnMy3PIB9f6eqkVibkFOal2EGNKUhNzHRJzMhOLYRJIBgfkJOYVYy1hUSwzxDSalwsA'
  expect(unpackedSection({ section: Buffer.from(kept, 'base64'), form: 1 })).toEqual(section)
})
