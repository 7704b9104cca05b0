import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openReportFile } from '../../../src/report-file/open-report-file.ts'
import { zipOf } from '../../support/zip.ts'

const document = Buffer.from('<feedback/>')
const large = Buffer.alloc(5_000_000)
const zip = zipOf([{ name: 'report.xml', content: document }])
const lie = { name: 'bomb.xml', content: large, claimedOctets: 10 }

async function opened(octets: Buffer, maxOctets = 1_000_000): Promise<string> {
  const found = await openReportFile(octets, maxOctets)
  return found.kind === 'refused' ? found.reason : found.documents.join('|')
}

describe('the file of a report', () => {
  test.each<[string, Buffer, string | RegExp]>([
    ['as it is', document, '<feedback/>'],
    ['gzipped', gzipSync(document), '<feedback/>'],
    ['in an archive', zip, '<feedback/>'],
    [
      'two in an archive',
      zipOf([
        { name: 'a.xml', content: Buffer.from('a') },
        { name: 'b.xml', content: Buffer.from('b') },
      ]),
      'a|b',
    ],
    ['too large as it is', large, /larger than 1000000 octets/],
    ['a bomb in gzip', gzipSync(large), /larger than 1000000 octets/],
    ['a bomb in an archive', zipOf([{ name: 'bomb.xml', content: large }]), /larger than 1000000 octets/],
    ['a bomb that says that it is small', zipOf([lie]), /cannot be unpacked/],
    [
      'a bomb in parts',
      zipOf([1, 2, 3].map(part => ({ name: `${part}.xml`, content: Buffer.alloc(400_000) }))),
      /larger than 1000000 octets/,
    ],
    [
      'an archive of many files',
      zipOf(Array.from({ length: 17 }, (_, at) => ({ name: `${at}.xml`, content: document }))),
      /more than 16 files/,
    ],
    [
      'a name that climbs out of the folder',
      zipOf([{ name: '../../etc/passwd', content: document }]),
      /cannot be unpacked/,
    ],
    ['gzip that is cut off', gzipSync(document).subarray(0, 15), /cannot be unpacked/],
    ['an archive that is cut off', zip.subarray(0, 40), /cannot be unpacked/],
    ['an empty archive', zipOf([]), ''],
  ])('%s', async (_, octets, expected) => {
    const found = await opened(octets)
    if (typeof expected === 'string') expect(found).toBe(expected)
    else expect(found).toMatch(expected)
  })
})
