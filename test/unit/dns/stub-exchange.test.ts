/** What can go wrong between this relay and its name servers, over real sockets. */
import type { Socket } from 'node:net'
import packet from 'dns-packet'
import { afterEach, describe, expect, test } from 'vitest'
import type { Zone } from '../../../src/dns/zone-resolver.ts'
import { type DnsQuestion, DnsServer, type DnsServerSettings } from '../../support/dns-server.ts'
import { resolverFor } from '../../support/resolver.ts'

const servers: DnsServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function server(zone: Zone[''] = {}, settings: DnsServerSettings = {}): Promise<DnsServer> {
  const started = await DnsServer.start({ 'd.example': zone }, settings)
  servers.push(started)
  return started
}

const hello: Zone[''] = { '@': [['txt', 'hello']] }
const found = { kind: 'records', records: ['hello'], ttlSeconds: 60 }
const impatient = { timeoutMilliseconds: 100, tries: 1 }

/** The octets of an answer with something changed in the header. */
function changed(octets: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(octets)
  change(copy)
  return copy
}

describe('several servers', () => {
  test.each(['nothing', 'servfail', 'refused', 'lame'] as const)(
    'after one that answers with %s the next is asked',
    async behaviour => {
      const broken = (await server(hello)).behave('d.example', behaviour)
      const good = await server(hello)
      expect(await resolverFor([broken, good], impatient).txt('d.example')).toEqual(found)
    },
  )

  test('the one that answered last is asked first', async () => {
    const broken = (await server(hello)).behave('d.example', 'servfail')
    const good = await server(hello)
    const resolver = resolverFor([broken, good])
    await resolver.txt('d.example')
    await resolver.txt('d.example')
    expect([broken.count('d.example'), good.count('d.example')]).toEqual([1, 2])
  })

  test('when all fail the reason names each with its cause', async () => {
    const silent = (await server()).behave('d.example', 'nothing')
    const lame = (await server()).behave('d.example', 'lame')
    expect(await resolverFor([silent, lame], impatient).mx('d.example')).toEqual({
      kind: 'temporary',
      reason: `DNS MX d.example: no answer in time (asked ${silent.address}); lame server (asked ${lame.address})`,
    })
  })

  test('where nobody listens the next is asked at once', async () => {
    const gone = await DnsServer.start({})
    const { address } = gone
    await gone.close()
    const good = await server(hello)
    expect(await resolverFor([{ address }, good], { timeoutMilliseconds: 20_000 }).txt('d.example')).toEqual(
      found,
    )
  })
})

describe('answers that are not what was asked for', () => {
  test('one with another id, another question or no question is passed over, and the true one is taken', async () => {
    const forging = (await server(hello)).behave('d.example', ({ query, usual }) => [
      changed(usual, copy => copy.writeUInt16BE((copy.readUInt16BE(0) + 1) % 65_536)),
      packet.encode({
        type: 'response',
        id: query.id ?? 0,
        questions: [{ type: 'TXT', name: 'other.example' }],
      }),
      packet.encode({ type: 'response', id: query.id ?? 0, questions: [{ type: 'MX', name: 'd.example' }] }),
      packet.encode({ type: 'response', id: query.id ?? 0 }),
      // A question that comes back is no answer either.
      changed(usual, copy => copy.writeUInt8(copy.readUInt8(2) & 0x7f, 2)),
      usual,
    ])
    expect(await resolverFor([forging], { tries: 1 }).txt('d.example')).toEqual(found)
  })

  test('nothing but wrong ids ends in a time-out, and the answer is temporary', async () => {
    const forging = (await server(hello)).behave('d.example', ({ usual }) => [
      changed(usual, copy => copy.writeUInt16BE((copy.readUInt16BE(0) + 1) % 65_536)),
    ])
    expect(await resolverFor([forging], impatient).txt('d.example')).toMatchObject({ kind: 'temporary' })
  })

  test('a flood of wrong ids makes the question go over TCP, where nobody can guess', async () => {
    const forging = (await server(hello)).behave('d.example', ({ usual, transport }) =>
      transport === 'tcp'
        ? [usual]
        : Array.from({ length: 40 }, (_, at) =>
            changed(usual, copy => copy.writeUInt16BE((copy.readUInt16BE(0) + 1 + at) % 65_536)),
          ),
    )
    expect(await resolverFor([forging], { tries: 1 }).txt('d.example')).toEqual(found)
  })

  test('records of another name in the answer are not taken for those of this one', async () => {
    const poisoning = (await server(hello)).behave('d.example', ({ query }) => [
      packet.encode({
        type: 'response',
        id: query.id ?? 0,
        flags: packet.AUTHORITATIVE_ANSWER,
        questions: query.questions,
        answers: [{ name: 'victim.example', type: 'TXT', ttl: 60, data: 'poison' }],
      }),
    ])
    expect(await resolverFor([poisoning]).txt('d.example')).toEqual({ kind: 'absent' })
  })

  test('ids and source ports differ from question to question', async () => {
    const counting = await server(hello)
    const resolver = resolverFor([counting])
    await Promise.all(Array.from({ length: 40 }, () => resolver.txt('d.example')))
    expect(new Set(counting.queries.map(query => query.id)).size).toBeGreaterThan(30)
    expect(new Set(counting.queries.map(query => query.port)).size).toBeGreaterThan(30)
  })
})

describe('malformed answers are temporary', () => {
  const spoiled: Readonly<Record<string, (usual: Buffer) => Buffer>> = {
    'cut off in the middle': usual => usual.subarray(0, usual.length - 7),
    'with 65535 answers announced': usual => changed(usual, copy => copy.writeUInt16BE(65_535, 6)),
    'with a name that points at itself': usual => changed(usual, copy => copy.writeUInt16BE(0xc00c, 12)),
    'with nothing but a header': usual => usual.subarray(0, 12),
  }
  test.each(Object.entries(spoiled))('%s', async (_, spoil) => {
    const broken = (await server(hello)).behave('d.example', ({ usual }) => [spoil(usual)])
    expect(await resolverFor([broken], impatient).txt('d.example')).toMatchObject({ kind: 'temporary' })
  })

  test('over TCP too, where a connection may end or say nothing', async () => {
    const broken = (await server(hello)).behave('d.example', ({ usual, transport, query }) =>
      transport === 'tcp'
        ? [usual.subarray(0, 30)]
        : [
            packet.encode({
              type: 'response',
              id: query.id ?? 0,
              flags: packet.TRUNCATED_RESPONSE,
              questions: query.questions,
            }),
          ],
    )
    expect(await resolverFor([broken], impatient).txt('d.example')).toMatchObject({ kind: 'temporary' })
  })
})

test('an answer of 64 KiB comes over TCP', async () => {
  const texts = Array.from({ length: 63 }, (_, at) => ['txt', `${at}`.padEnd(1_000, 'x')] as const)
  const large = await server({ '@': texts })
  const answer = await resolverFor([large]).txt('d.example')
  expect(answer.kind === 'records' && answer.records.length).toBe(63)
  expect(large.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
})

describe('aliases', () => {
  test('lead through further questions where the answer tells nothing of the target', async () => {
    const stubborn = await server({ '@': [['txt', 'hello']], www: [['cname', 'd.example']] })
    stubborn.behave('www.d.example', ({ query }) => [
      packet.encode({
        type: 'response',
        id: query.id ?? 0,
        flags: packet.AUTHORITATIVE_ANSWER,
        questions: query.questions,
        answers: [{ name: 'WWW.d.example', type: 'CNAME', ttl: 30, data: 'D.example' }],
      }),
    ])
    expect(await resolverFor([stubborn]).txt('www.d.example')).toEqual({
      ...found,
      ttlSeconds: 30,
      canonicalName: 'd.example',
    })
  })

  test('in a circle, within an answer or over several, are a temporary failure', async () => {
    const within = await server({ a: [['cname', 'b.d.example']], b: [['cname', 'a.d.example']] })
    const circle = { kind: 'temporary', reason: 'DNS TXT a.d.example: the aliases lead in a circle' }
    expect(await resolverFor([within]).txt('a.d.example')).toEqual(circle)
    const over = await server()
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      over.behave(`${from}.d.example`, ({ query }) => [
        packet.encode({
          type: 'response',
          id: query.id ?? 0,
          flags: packet.AUTHORITATIVE_ANSWER,
          questions: query.questions,
          answers: [{ name: `${from}.d.example`, type: 'CNAME', ttl: 30, data: `${to}.d.example` }],
        }),
      ])
    }
    expect(await resolverFor([over]).txt('a.d.example')).toEqual(circle)
  })

  test('in a long row are a temporary failure', async () => {
    const row = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`n${at}`, [['cname', `n${at + 1}.d.example`]] as const]),
    )
    expect(await resolverFor([await server(row)]).txt('n0.d.example')).toEqual({
      kind: 'temporary',
      reason: 'DNS TXT n0.d.example: too many aliases',
    })
  })
})

describe('how long something is absent', () => {
  test('stands in the start of authority of the answer (RFC 2308 section 5)', async () => {
    const telling = await server(hello, { minimumSeconds: 77 })
    expect(await resolverFor([telling]).mx('d.example')).toEqual({ kind: 'absent', ttlSeconds: 77 })
    expect(await resolverFor([telling]).mx('nowhere.example')).toEqual({
      kind: 'absent',
      isNoName: true,
      ttlSeconds: 77,
    })
  })

  test('is not known without it', async () => {
    expect(await resolverFor([await server(hello)]).mx('d.example')).toEqual({ kind: 'absent' })
  })
})

describe('DNSSEC', () => {
  test('the AD bit counts only where the configuration says that the servers validate', async () => {
    const lying = await server(hello, { authenticData: true })
    expect(await resolverFor([lying]).txt('d.example')).toEqual(found)
    const trusted = resolverFor([lying], { validates: true })
    expect(await trusted.txt('d.example')).toEqual({ ...found, authentic: true })
    expect(await trusted.mx('d.example')).toEqual({ kind: 'absent', authentic: true })
  })

  test('without the AD bit an answer is not authentic', async () => {
    expect(await resolverFor([await server(hello)], { validates: true }).txt('d.example')).toEqual(found)
  })

  test('an alias that is not authentic makes the whole answer so', async () => {
    const mixed = await server(hello, { authenticData: true })
    mixed.behave('www.d.example', ({ query }) => [
      packet.encode({
        type: 'response',
        id: query.id ?? 0,
        flags: packet.AUTHORITATIVE_ANSWER,
        questions: query.questions,
        answers: [{ name: 'www.d.example', type: 'CNAME', ttl: 60, data: 'd.example' }],
      }),
    ])
    const answer = await resolverFor([mixed], { validates: true }).txt('www.d.example')
    expect(answer).toEqual({ ...found, canonicalName: 'd.example' })
  })

  test('is asked for (DO, AD) only where it will be believed', async () => {
    const asked: (readonly [boolean, boolean])[] = []
    const listening = (await server(hello)).behave('d.example', ({ query, usual }) => {
      const option = query.additionals?.find(record => record.type === 'OPT')
      asked.push([query.flag_ad, option?.type === 'OPT' && option.flag_do])
      return [usual]
    })
    await resolverFor([listening]).txt('d.example')
    await resolverFor([listening], { validates: true }).txt('d.example')
    expect(asked).toEqual([
      [false, false],
      [true, true],
    ])
  })
})

test('a server that does not understand EDNS is asked without it', async () => {
  const old = (await server(hello)).behave('d.example', ({ query, usual }) => {
    const withOption = (query.additionals?.length ?? 0) > 0
    return [withOption ? packet.encode({ type: 'response', id: query.id ?? 0, flags: 1 }) : usual]
  })
  expect(await resolverFor([old], { tries: 1 }).txt('d.example')).toEqual(found)
})

test('as many questions as the bound allows are under way, and the others follow', async () => {
  const slow = await server(hello)
  const resolver = resolverFor([slow], { maxQuestionsAtOnce: 2 })
  const answers = await Promise.all(Array.from({ length: 10 }, () => resolver.txt('d.example')))
  expect(answers).toEqual(answers.map(() => found))
})

test('a server to which there is no way is passed over at once', async () => {
  const good = await server(hello)
  const nowhere = { address: '255.255.255.255' }
  expect(await resolverFor([nowhere, good], { timeoutMilliseconds: 20_000 }).txt('d.example')).toEqual(found)
})

test('a server that is no address is refused when the resolver is made', () => {
  expect(() => resolverFor([{ address: 'dns.example' }])).toThrow(
    'dns.example is not the address of a name server',
  )
})

describe('letters of the question (draft-vixie-dnsext-dns0x20)', () => {
  /** Never the spelling that was asked for, whatever chance has made of that. */
  const otherLetters = ({ query }: DnsQuestion): string =>
    [...(query.questions?.[0]?.name ?? '')]
      .map(letter => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
      .join('')
  /** The usual answer with its question in other letters. */
  const respelled = (asked: DnsQuestion): Buffer => {
    const { questions = [], ...decoded } = packet.decode(asked.usual)
    const name = otherLetters(asked)
    return packet.encode({ ...decoded, questions: questions.map(question => ({ ...question, name })) })
  }
  const poison = (asked: DnsQuestion): Buffer =>
    packet.encode({
      type: 'response',
      id: asked.query.id ?? 0,
      flags: packet.AUTHORITATIVE_ANSWER,
      questions: [{ type: 'TXT', name: otherLetters(asked) }],
      answers: [{ name: 'd.example', type: 'TXT', ttl: 60, data: 'poison' }],
    })

  test('are mixed by chance', async () => {
    const asked: string[] = []
    const good = (await server(hello)).behave('d.example', ({ query, usual }) => {
      asked.push(query.questions?.[0]?.name ?? '')
      return [usual]
    })
    const resolver = resolverFor([good])
    for (let at = 0; at < 30; at++) expect(await resolver.txt('d.example')).toEqual(found)
    expect(new Set(asked).size).toBeGreaterThan(10)
    expect(new Set(asked.map(name => name.toLowerCase()))).toEqual(new Set(['d.example']))
  })

  test('an answer in other letters is dropped, and the true one behind it is taken', async () => {
    const forged = (await server(hello)).behave('d.example', asked => [poison(asked), asked.usual])
    const resolver = resolverFor([forged], { tries: 1 })
    for (let at = 0; at < 10; at++) expect(await resolver.txt('d.example')).toEqual(found)
    expect(forged.queries.map(({ transport }) => transport)).not.toContain('tcp')
  })

  test('an answer in other letters alone is not believed: the server is asked over TCP', async () => {
    const forged = (await server(hello)).behave('d.example', asked =>
      asked.transport === 'tcp' ? [asked.usual] : [poison(asked)],
    )
    const resolver = resolverFor([forged], { tries: 1 })
    for (let at = 0; at < 3; at++) expect(await resolver.txt('d.example')).toEqual(found)
    // It keeps the letters where nobody else can answer: it is not taken for one that does not.
    expect(forged.queries.filter(({ transport }) => transport === 'tcp')).toHaveLength(3)
  })

  test('a server that does not keep them is used all the same, and remembered', async () => {
    const old = (await server(hello)).behave('d.example', asked => [respelled(asked)])
    const resolver = resolverFor([old], { tries: 1 })
    for (let at = 0; at < 3; at++) expect(await resolver.txt('d.example')).toEqual(found)
    expect(old.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp', 'udp', 'udp'])
  })

  test('a server that neither keeps them nor speaks TCP is used all the same', async () => {
    const old = (await server(hello)).behave('d.example', asked =>
      asked.transport === 'tcp' ? [] : [respelled(asked)],
    )
    expect(await resolverFor([old], { tries: 1, timeoutMilliseconds: 300 }).txt('d.example')).toEqual(found)
  })
})

describe('answers that cannot be read', () => {
  const unreadable: Readonly<Record<string, (usual: Buffer) => Buffer>> = {
    'cut off in the middle': usual => usual.subarray(0, usual.length - 7),
    'with 65535 answers announced': usual => changed(usual, copy => copy.writeUInt16BE(65_535, 6)),
    'with a name that points at itself': usual => changed(usual, copy => copy.writeUInt16BE(0xc00c, 12)),
    'of no octets': () => Buffer.alloc(0),
  }

  test.each(Object.entries(unreadable))('%s are passed over like wrong ids, over UDP', async (_, spoil) => {
    const forged = (await server(hello)).behave('d.example', ({ usual }) => [spoil(usual), usual])
    expect(await resolverFor([forged], { tries: 1 }).txt('d.example')).toEqual(found)
    expect(forged.queries.map(({ transport }) => transport)).toEqual(['udp'])
  })

  test.each(Object.entries(unreadable))('%s are passed over, over TCP', async (_, spoil) => {
    const forged = (await server(hello)).behave('d.example', ({ usual, transport }) =>
      transport === 'tcp' ? [spoil(usual), usual] : [truncated(usual)],
    )
    expect(await resolverFor([forged], { tries: 1 }).txt('d.example')).toEqual(found)
  })

  test('what was passed over is told when the time is over', async () => {
    const broken = (await server(hello)).behave('d.example', ({ usual }) => [usual.subarray(0, 20)])
    expect(await resolverFor([broken], impatient).txt('d.example')).toMatchObject({
      reason: expect.stringContaining('malformed answer'),
    })
  })
})

describe('over TCP an answer that never ends ends', () => {
  /** A name server whose answers over UDP are truncated, and over TCP are what is written to the connection. */
  async function tcpServer(write: (socket: Socket) => NodeJS.Timeout): Promise<DnsServer> {
    const front = (await server(hello)).behave('d.example', ({ usual, transport }) =>
      transport === 'tcp' ? [] : [truncated(usual)],
    )
    front.onTcp(socket => {
      const writing = write(socket)
      socket.on('close', () => clearInterval(writing))
    })
    return front
  }

  test('one that comes in single octets: the time is that for the whole', async () => {
    const dribbling = await tcpServer(socket => {
      socket.write(Buffer.from([0xff, 0xff]))
      return setInterval(() => socket.write('x'), 5)
    })
    const answer = await resolverFor([dribbling], impatient).txt('d.example')
    expect(answer).toMatchObject({ kind: 'temporary', reason: expect.stringContaining('no answer in time') })
  })

  test('one answer to something else after the other: so many, and no more', async () => {
    const endless = await tcpServer(socket =>
      setInterval(() => socket.write(Buffer.from('000c00000000000000000000ffff', 'hex')), 1),
    )
    const patient = { timeoutMilliseconds: 20_000, tries: 1 }
    const answer = await resolverFor([endless], patient).txt('d.example')
    expect(answer).toMatchObject({ kind: 'temporary', reason: expect.stringContaining('malformed answer') })
  })
})

function truncated(usual: Buffer): Buffer {
  return changed(usual, copy => copy.writeUInt8(copy.readUInt8(2) | 0x02, 2))
}
