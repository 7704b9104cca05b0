/** The target that reads what name servers send. */
import assert from 'node:assert/strict'
import packet, { type Answer } from 'dns-packet'
import { followAliases } from '../../src/dns/aliases.ts'
import { type QueryType, recordType } from '../../src/dns/query.ts'
import * as read from '../../src/dns/record-contents.ts'
import { readReply } from '../../src/dns/reply.ts'
import type { Target } from './target.ts'

const name = 'mail.origin.example'
const maxTxtOctets = 1_000

/** How records of each type are read. */
const readers: Readonly<Record<QueryType, (record: Answer) => unknown>> = {
  A: read.address,
  AAAA: read.address,
  CNAME: read.alias,
  MX: read.exchange,
  SRV: read.service,
  TXT: record => read.text(record, maxTxtOctets),
  TLSA: read.tlsa,
  PTR: read.pointer,
  UNKNOWN_53: record => read.octets(record, 'UNKNOWN_53'),
  UNKNOWN_61: record => read.octets(record, 'UNKNOWN_61'),
  UNKNOWN_256: record => read.uri(record, maxTxtOctets),
}
const types = Object.keys(readers) as QueryType[]

function seed(type: QueryType, answers: Answer[], authorities: Answer[] = []): Buffer {
  return packet.encode({
    type: 'response',
    id: 0x1234,
    flags: packet.RECURSION_AVAILABLE | packet.AUTHENTIC_DATA,
    questions: [{ type: recordType(type), name }],
    answers,
    authorities,
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1_232,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0x8000,
        flag_do: true,
        options: [],
      },
    ],
  })
}

const of = { name, ttl: 300 }
const signature: Answer = {
  ...of,
  type: 'RRSIG',
  data: {
    typeCovered: 'MX',
    algorithm: 13,
    labels: 2,
    originalTTL: 300,
    expiration: 2_000_000_000,
    inception: 1_700_000_000,
    keyTag: 7,
    signersName: 'origin.example',
    signature: Buffer.alloc(64, 1),
  },
}
const start: Answer = {
  name: 'origin.example',
  type: 'SOA',
  ttl: 900,
  data: { mname: 'ns.origin.example', rname: 'hostmaster.origin.example', minimum: 60 },
}
const denial: Answer = {
  name: 'abcdef.origin.example',
  type: 'NSEC3',
  ttl: 60,
  data: {
    algorithm: 1,
    flags: 0,
    iterations: 0,
    salt: Buffer.alloc(0),
    nextDomain: Buffer.alloc(20, 2),
    rrtypes: ['A', 'MX', 'RRSIG'],
  },
}
const association = { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, 3) }

const dnsAnswer: Target = {
  name: 'dns-answer',
  seeds: [
    seed('A', [{ ...of, type: 'A', data: '192.0.2.1' }]),
    seed('AAAA', [{ ...of, type: 'AAAA', data: '2001:db8::1' }]),
    seed('MX', [{ ...of, type: 'MX', data: { preference: 10, exchange: 'mx.origin.example' } }, signature]),
    seed('SRV', [
      { ...of, type: 'SRV', data: { priority: 1, weight: 2, port: 842, target: 'mx.origin.example' } },
    ]),
    seed('TXT', [
      { ...of, type: 'TXT', data: [Buffer.from('v=DKIM1; k=ed25519; p='), Buffer.alloc(255, 65)] },
    ]),
    seed('TLSA', [{ ...of, type: 'TLSA', data: association }]),
    seed('TXT', [
      { ...of, type: 'CNAME', data: 'two.origin.example' },
      { ...of, name: 'two.origin.example', type: 'CNAME', data: 'three.origin.example' },
      { ...of, name: 'three.origin.example', type: 'TXT', data: 'hello' },
    ]),
    seed('A', [{ ...of, type: 'CNAME', data: name }]),
    seed('MX', [], [start, denial]),
  ],
  words: [
    Buffer.from([0xc0, 0x0c]),
    Buffer.from([0xc0, 0x00]),
    Buffer.from([0x00, 0x05, 0x00, 0x01]),
    Buffer.from([0xff, 0xff]),
    Buffer.from([0x00, 0x00, 0x29, 0x04, 0xd0]),
    Buffer.from('\u0004mail\u0006origin\u0007example\u0000'),
    ...types.map(type =>
      packet.encode({ type: 'query', questions: [{ type: recordType(type), name }] }).subarray(12),
    ),
  ],
  run(octets) {
    const id = octets.length < 2 ? 0 : octets.readUInt16BE(0)
    return types.map(type => outcome(octets, id, type)).join(' ')
  },
}

function outcome(octets: Buffer, id: number, type: QueryType): string {
  const reply = readReply(octets, { id, name, spelling: name, isSpellingKept: true, type })
  if (reply.kind !== 'answer') return reply.kind
  const { negativeTtlSeconds = 0 } = reply
  assert.ok(negativeTtlSeconds >= 0 && negativeTtlSeconds <= 0x7fff_ffff, 'a life that is none')
  const way = followAliases({ names: [name], records: [], lives: [], isLoop: false }, type, reply.records)
  assert.equal(new Set(way.names).size, way.names.length, 'a name that comes twice')
  for (const seconds of way.lives) assert.ok(seconds >= 0 && seconds <= 0x7fff_ffff, 'a life that is none')
  const records = way.records.map(readers[type])
  for (const record of records) {
    if (typeof record === 'string') assert.ok(record.length <= maxTxtOctets, 'a text that is too long')
  }
  return `${reply.exists} ${reply.authenticData} ${way.isLoop} ${way.names.length > 1} ${records.length > 0}`
}

export const dnsTargets: readonly Target[] = [dnsAnswer]
