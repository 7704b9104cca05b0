import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DnsServer } from '../../support/dns-server.ts'
import { resolverFor } from '../../support/resolver.ts'

const longKey = 'k'.repeat(700)
const settings = { timeoutMilliseconds: 200, tries: 1, maxRecords: 3, maxTxtOctets: 1_000 }
let server: DnsServer

beforeAll(async () => {
  server = await DnsServer.start({
    'names.example': {
      '@': [
        ['mx', '20 b.names.example.'],
        ['mx', '10 A.names.example'],
        ['txt', 'only text'],
      ],
      parts: [['txt', ['v=DKIM1; ', 'p=', 'abc']]],
      long: [['txt', longKey]],
      toolong: [
        ['txt', 'x'.repeat(1_001)],
        ['txt', 'short'],
      ],
      octets: [['txt', 'größe']],
      many: Array.from({ length: 9 }, (_, at) => ['a', `192.0.2.${at}`] as const),
      nullmx: [['mx', '0 .']],
      both: [
        ['a', '192.0.2.1'],
        ['aaaa', '2001:db8::1'],
      ],
      alias: [['cname', 'both.names.example']],
      '_smtp-tls._tcp': [['srv', '10 20 842 mx.names.example']],
      noservice: [['srv', '0 0 0 .']],
      '_25._tcp.mx': [['tlsa', '3 1 1 00ff10']],
      'xn--bcher-kva': [['txt', 'Bücher']],
      '1.2.0.192.in-addr': [['ptr', 'Host.names.example.']],
      _smimecert: [['smimea', '03 00 00 00ff']],
      _openpgpkey: [['openpgpkey', '99ff']],
    },
  })
})
afterAll(() => server.close())

function resolver(tries = 1) {
  return resolverFor([server], { ...settings, tries })
}

describe('what only the command line asks', () => {
  test('names of the reverse tree, in lower case', async () => {
    expect(await resolver().pointers('1.2.0.192.in-addr.names.example')).toMatchObject({
      records: ['host.names.example'],
    })
    expect(await resolver().pointers('both.names.example')).toMatchObject({ kind: 'absent' })
  })

  test('octets of records that nobody takes apart', async () => {
    const octets = (...of: number[]) => ({ kind: 'records', records: [Buffer.from(of)] })
    expect(await resolver().octets('_smimecert.names.example', 'SMIMEA')).toMatchObject(
      octets(3, 0, 0, 0, 0xff),
    )
    expect(await resolver().octets('_openpgpkey.names.example', 'OPENPGPKEY')).toMatchObject(
      octets(0x99, 0xff),
    )
    expect(await resolver().octets('_openpgpkey.names.example', 'SMIMEA')).toMatchObject({ kind: 'absent' })
  })
})

describe('records', () => {
  test('the strings of a TXT record are joined', async () => {
    expect(await resolver().txt('parts.names.example')).toEqual({
      kind: 'records',
      records: ['v=DKIM1; p=abc'],
      ttlSeconds: 60,
    })
  })

  test('the octets of a TXT record are latin1 characters', async () => {
    const answer = await resolver().txt('octets.names.example')
    const text = answer.kind === 'records' ? answer.records[0] : ''
    expect(Buffer.from(text ?? '', 'latin1').toString()).toBe('größe')
  })

  test('an answer that is truncated over UDP is asked for again over TCP', async () => {
    server.behave('long.names.example', 'truncate')
    expect(await resolver().txt('long.names.example')).toMatchObject({ records: [longKey] })
    expect(
      server.queries.filter(query => query.name === 'long.names.example').map(query => query.transport),
    ).toEqual(['udp', 'tcp'])
  })

  test('every question goes to the server: remembering answers is the work of the caching resolver', async () => {
    const same = resolver()
    for (let at = 0; at < 3; at++) await same.txt('parts.names.example')
    expect(server.count('parts.names.example', 'TXT')).toBeGreaterThanOrEqual(3)
  })

  test('MX records come in the order of the answer, without final dots and in lower case', async () => {
    const answer = await resolver().mx('names.example')
    expect(answer).toMatchObject({
      kind: 'records',
      records: [
        { preference: 20, exchange: 'b.names.example' },
        { preference: 10, exchange: 'a.names.example' },
      ],
    })
  })

  test("the exchange of a null MX and the target '.' of SRV are empty", async () => {
    expect(await resolver().mx('nullmx.names.example')).toMatchObject({
      kind: 'records',
      records: [{ preference: 0, exchange: '' }],
    })
    expect(await resolver().srv('noservice.names.example')).toMatchObject({
      kind: 'records',
      records: [{ priority: 0, weight: 0, port: 0, target: '' }],
    })
  })

  test('SRV records carry priority, weight, port and target', async () => {
    expect(await resolver().srv('_smtp-tls._tcp.names.example')).toMatchObject({
      kind: 'records',
      records: [{ priority: 10, weight: 20, port: 842, target: 'mx.names.example' }],
    })
  })

  test('TLSA records carry their three numbers and the association', async () => {
    expect(await resolver().tlsa('_25._tcp.mx.names.example')).toMatchObject({
      records: [{ usage: 3, selector: 1, matchingType: 1, association: Buffer.from('00ff10', 'hex') }],
    })
  })

  test('an alias is told as it stands, without what it leads to', async () => {
    expect(await resolver().alias('alias.names.example')).toMatchObject({ records: ['both.names.example'] })
    expect(await resolver().alias('both.names.example')).toMatchObject({ kind: 'absent' })
  })

  test('a name with other letters is asked for in A-labels', async () => {
    expect(await resolver().txt('Bücher.names.example')).toMatchObject({ kind: 'records' })
  })

  test('addresses of both families come together, with their TTL, through an alias too', async () => {
    const expected = {
      kind: 'records',
      records: [
        { address: '192.0.2.1', family: 4 },
        { address: '2001:db8::1', family: 6 },
      ],
      ttlSeconds: 60,
    }
    expect(await resolver().addresses('both.names.example')).toEqual(expected)
    expect(await resolver().addresses('alias.names.example')).toEqual({
      ...expected,
      canonicalName: 'both.names.example',
    })
  })
})

describe('bounds', () => {
  test('records beyond the bound are dropped', async () => {
    const answer = await resolver().addresses('many.names.example')
    expect(answer.kind === 'records' && answer.records.length).toBe(3)
  })

  test('a TXT record that is too long is dropped, its neighbour stays', async () => {
    expect(await resolver().txt('toolong.names.example')).toMatchObject({ records: ['short'] })
  })
})

describe('without records', () => {
  test('a name that does not exist is absent', async () => {
    expect(await resolver().mx('nowhere.example')).toEqual({ kind: 'absent', isNoName: true })
  })

  test('a name without records of the type is absent', async () => {
    expect(await resolver().mx('parts.names.example')).toEqual({ kind: 'absent' })
  })

  test('a name that DNS cannot hold is absent', async () => {
    expect(await resolver().txt(`${'x'.repeat(64)}.example`)).toEqual({ kind: 'absent', isNoName: true })
  })

  test.each([
    ['servfail', 'server failure'],
    ['refused', 'query refused'],
    ['nothing', 'no answer in time'],
  ] as const)(
    '%s is temporary, and the reason names type, name, cause and servers',
    async (behaviour, cause) => {
      server.behave('broken.example', behaviour)
      expect(await resolver().txt('broken.example')).toEqual({
        kind: 'temporary',
        reason: `DNS TXT broken.example: ${cause} (asked ${server.address})`,
      })
    },
  )

  test('a question without an answer is repeated as often as the settings say', async () => {
    server.behave('silent.example', 'nothing')
    await resolver(2).mx('silent.example')
    expect(server.count('silent.example', 'MX')).toBe(2)
  })

  test('one family suffices when the other cannot be looked up', async () => {
    const half = await DnsServer.start({ 'half.example': { '@': [['a', '192.0.2.1']] } })
    const answer = await resolverFor([half], settings).addresses('half.example')
    await half.close()
    expect(answer).toMatchObject({ kind: 'records', records: [{ address: '192.0.2.1', family: 4 }] })
  })
})
