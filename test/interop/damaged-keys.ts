/** Public keys that cannot be had or used. */

import { generateKeyPairSync } from 'node:crypto'
import type { State } from '../../src/dkim2/index.ts'
import type { Damaged } from './damaged.ts'
import { arriving, firstPaths, one, spoil } from './damaged-support.ts'
import { plannedKeys } from './implementations.ts'
import { keyName, type PartyKey, partyKey, recordOf } from './keys.ts'
import { zone } from './travel.ts'

const name = keyName('origin.example', 'ed')
const record = recordOf(partyKey('origin.example', 'ed25519-sha256'))
const key = record.slice(record.indexOf('p='))

interface Published {
  readonly name: string
  readonly rule: string
  readonly expected?: State
  /** Null: the look-up fails for now. */
  readonly records: readonly string[] | null
}

const publishing = ({ records, expected = 'permerror', ...rule }: Published): Damaged =>
  arriving(firstPaths, one(), { ...rule, expected }, { zone: { ...zone, [name]: records } })

const absent = { ...zone }
delete (absent as Record<string, unknown>)[name]

const weak: PartyKey = {
  selector: 'weak',
  algorithm: 'rsa-sha256',
  key: generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey,
}

/** Two alternatives: one whose key cannot be fetched now, and one that may be spoiled. */
const temporaryBeside = (spoiled: boolean) =>
  one({
    signature: { keys: plannedKeys('origin.example', 'ed|rsa'), ...(spoiled ? spoil(1) : {}) },
  })

export const brokenKeys: readonly Damaged[] = [
  arriving(
    firstPaths,
    one(),
    { name: 'no key', rule: 'the key exists', expected: 'permerror' },
    { zone: absent },
  ),
  publishing({ name: 'look-up fails', rule: 'TEMPERROR for now', expected: 'temperror', records: null }),
  publishing({ name: 'two records', rule: 'a selector has one record', records: [record, record] }),
  publishing({
    name: 'record beside an unrelated one',
    rule: 'a selector has one record',
    records: [record, 'v=spf1 -all'],
  }),
  publishing({ name: 'unrelated record', rule: 'the record is a key record', records: ['hello world'] }),
  publishing({ name: 'revoked', rule: 'p is not empty', records: ['v=DKIM1; k=ed25519; p='] }),
  publishing({ name: 'record without p', rule: 'p is required', records: ['v=DKIM1; k=ed25519'] }),
  publishing({ name: 'p is not base64', rule: 'p is base64', records: ['v=DKIM1; k=ed25519; p=!!!!'] }),
  publishing({
    name: 'key too short',
    rule: 'an Ed25519 key has 32 octets',
    records: ['v=DKIM1; k=ed25519; p=AAAA'],
  }),
  publishing({
    name: 'record of another version',
    rule: 'v is DKIM1',
    records: [`v=DKIM2; k=ed25519; ${key}`],
  }),
  publishing({
    name: 'v is not first',
    rule: 'v comes first if it is there',
    records: [`k=ed25519; v=DKIM1; ${key}`],
  }),
  publishing({
    name: 'record tag twice',
    rule: 'a tag may stand once',
    records: [`v=DKIM1; k=ed25519; k=ed25519; ${key}`],
  }),
  publishing({
    name: 'key of another type',
    rule: 'k fits the algorithm',
    records: [`v=DKIM1; k=rsa; ${key}`],
  }),
  publishing({
    name: 'key of an unknown type',
    rule: 'k fits the algorithm',
    records: [`v=DKIM1; k=future; ${key}`],
  }),
  publishing({
    name: 'key of somebody else',
    rule: 'the signature holds',
    expected: 'fail',
    records: [recordOf(partyKey('list.example', 'ed25519-sha256'))],
  }),
  arriving(
    firstPaths,
    one({ signature: { keys: [weak] } }),
    { name: 'RSA key of 768 bits', rule: 'RSA keys have 1024 bits or more', expected: 'permerror' },
    { zone: { ...zone, [keyName('origin.example', 'weak')]: [recordOf(weak)] } },
  ),
  arriving(
    firstPaths,
    temporaryBeside(true),
    {
      name: 'look-up fails beside a spoiled alternative',
      rule: 'an alternative may still hold: TEMPERROR',
      expected: 'temperror',
    },
    { zone: { ...zone, [name]: null } },
  ),
]
