/** What leaves a relay before the eyes of hosts that do not know DKIM2, mailauth and opendkim; our own verifier is as happy. */
import { describe, expect, test } from 'vitest'
import { hopRecord } from '../../src/hoplog/record.ts'
import { hopRecordText } from '../../src/hoplog/text.ts'
import { sealer } from '../support/arc.ts'
import { openReader } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { relayOn, type Stage, stage } from '../support/stage.ts'
import { listOn } from '../support/stored-list.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { mailauthVerdict, opendkimVerdict, whyNoOpendkim } from '../support/today-verifiers.ts'
import { verifyReceived } from '../support/verify.ts'

const hasOpendkim = whyNoOpendkim() === undefined

/** Both programs of today and our own verifier. */
async function verdicts(received: SinkMessage | undefined, on: Stage) {
  const octets = received?.octets ?? Buffer.alloc(0)
  const { dkim, arc, instance } = await mailauthVerdict(octets, on.zone)
  const opendkim = hasOpendkim ? await opendkimVerdict(octets, on.zone) : dkim
  const { state } = await verifyReceived(received, on.zone)
  return { dkim, opendkim, arc: instance ? `i=${instance} ${arc}` : arc, dkim2: state }
}

const signedBy = (domain: string) => [`${domain} ed pass`, `${domain} rsa pass`]

function hopLogText(relay: TestRelay, queueId: string): string {
  const reader = openReader(relay.database)
  try {
    const history = reader.showMessage(queueId)
    return history === undefined ? '' : hopRecordText(hopRecord(history))
  } finally {
    reader.close()
  }
}

const listAddress = 'team@list.example'
const link = /^List-Unsubscribe: <https:\/\/www\.list\.example/m

describe.each(['mailversion', 'message-instance'] as const)('in profile %s', profile => {
  test('every copy of a post passes by DKIM, ARC and DKIM2, its own link to unsubscribe included (RFC 8058 section 4)', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'list.example': { aliases: {} } },
      http: { port: 0, publicUrl: 'https://www.list.example' },
    })
    await listOn(relay, {
      address: listAddress,
      subscribers: ['one@destination.example', 'two@destination.example', 'three@destination.example'],
      settings: { subjectTag: '[team]', footer: { text: '_____\nThe team list' }, fromRewrite: 'always' },
    })
    const envelope = { from: 'a@origin.example', to: [listAddress] }
    const octets = await on.origin.sign(plainMessage(), envelope, profile)
    const { queueId } = await send(relay.port, { ...envelope, octets })
    const copies = await on.sink.received(3)
    for (const copy of copies) {
      expect(await verdicts(copy, on)).toEqual({
        dkim: signedBy('list.example'),
        opendkim: signedBy('list.example'),
        arc: 'i=1 pass',
        dkim2: 'pass',
      })
      const text = copy.octets.toString('latin1')
      expect(text).toMatch(link)
      for (const name of ['List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Id']) {
        const other = Buffer.from(text.replace(`\r\n${name}: `, `\r\n${name}: x`), 'latin1')
        expect((await mailauthVerdict(other, on.zone)).dkim).toEqual([
          'list.example ed fail',
          'list.example rsa fail',
        ])
      }
    }
    const links = copies.map(
      copy => link.exec(copy.octets.toString('latin1'))?.input?.match(/^List-Unsubscribe: .*/m)?.[0],
    )
    expect(new Set(links).size).toBe(3)
    expect(hopLogText(relay, queueId)).toMatch(
      / {2}DKIM {5}d=list\.example {2}s=ed,rsa\n {2}ARC {6}i=1 {2}cv=none {2}d=list\.example {2}s=rsa\n/,
    )
  })

  test('what goes through an alias passes by DKIM, ARC and DKIM2', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
    const octets = await on.origin.sign(plainMessage(), envelope, profile)
    const { queueId } = await send(relay.port, { ...envelope, octets })
    const [copy] = await on.sink.received(1)
    expect(await verdicts(copy, on)).toEqual({
      dkim: signedBy('alias.example'),
      opendkim: signedBy('alias.example'),
      arc: 'i=1 pass',
      dkim2: 'pass',
    })
    expect(hopLogText(relay, queueId)).toContain('  ARC      i=1  cv=none  d=alias.example  s=rsa\n')
  })

  test('a chain of ARC is validated and continued although the chain of DKIM2 vouches for From', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const before = sealer('before.example')
    on.zone[before.domain] = { 'arc._domainkey': [['txt', before.record[1]]] }
    const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
    const sealed = async (text: Buffer) =>
      before.seal(await on.origin.sign(text, envelope, profile), 'dmarc=pass header.from=origin.example')
    const { queueId } = await send(relay.port, { ...envelope, octets: await sealed(plainMessage()) })
    const another = (await sealed(plainMessage({ body: 'Another message\r\n' }))).toString('latin1')
    const broken = Buffer.from(another.replace('dmarc=pass', 'dmarc=none'), 'latin1')
    const other = await send(relay.port, { ...envelope, octets: broken })
    const copies = await on.sink.received(2)
    const found = await Promise.all(copies.map(copy => verdicts(copy, on)))
    expect(found.map(({ arc, dkim2 }) => [arc, dkim2])).toEqual([
      ['i=2 pass', 'pass'],
      ['fail', 'pass'],
    ])
    expect(copies[0]?.octets.toString('latin1')).toMatch(
      /^ARC-Authentication-Results: i=2; (?:.+\r\n[ \t])*.*arc=pass \(i=1 before\.example\)/m,
    )
    expect(hopLogText(relay, queueId)).toContain('  ARC      i=2  cv=pass  d=alias.example  s=rsa\n')
    expect(hopLogText(relay, other.queueId)).toContain('  ARC      i=2  cv=fail  d=alias.example  s=rsa\n')
  })

  test('a message without DKIM2 gets both where no hop of DKIM2 can be added', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      profile,
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() })
    const [copy] = await on.sink.received(1)
    const { dkim, opendkim, arc } = await verdicts(copy, on)
    expect([dkim, opendkim, arc]).toEqual([signedBy('alias.example'), signedBy('alias.example'), 'i=1 pass'])
  })

  test('a DSN is signed by the domain that it is from', async () => {
    const on = await stage()
    const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['nobody@refusing.example'] } } },
      routes: { 'origin.example': sink, 'refusing.example': sink },
    })
    on.sink.always('rcpt', ({ line }) => (line.includes('nobody') ? '550 5.1.1 no such user' : undefined))
    const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
    await send(relay.port, { ...envelope, octets: await on.origin.sign(plainMessage(), envelope, profile) })
    const [dsn] = await on.sink.received(1)
    expect(dsn?.reversePath).toBe('')
    expect(await verdicts(dsn, on)).toEqual({
      dkim: signedBy('alias.example'),
      opendkim: signedBy('alias.example'),
      arc: 'none',
      dkim2: 'pass',
    })
  })
})

describe('an alias', () => {
  test('of a domain that wants neither leaves a message as it was', async () => {
    const on = await stage()
    const aliases = { team: ['one@destination.example'] }
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases, dkim: 'not-forwards', arc: 'never' } },
    })
    await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() })
    const [copy] = await on.sink.received(1)
    expect(copy?.octets.toString('latin1')).not.toMatch(/^(?:DKIM-Signature|ARC-)/m)
  })

  test('signs no From of its own domain that nobody vouches for, even where such mail is taken', async () => {
    const on = await stage()
    const aliases = { team: ['one@destination.example'] }
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases, ownSenders: 'unchecked' } },
    })
    const octets = Buffer.from(
      plainMessage().toString('latin1').replace('a@origin.example', 'boss@alias.example'),
    )
    const mail = { from: 'a@origin.example', to: ['team@alias.example'], octets }
    const { queueId } = await send(relay.port, mail)
    const [copy] = await on.sink.received(1)
    expect((await mailauthVerdict(copy?.octets ?? Buffer.alloc(0), on.zone)).dkim).toEqual([])
    expect(hopLogText(relay, queueId)).toContain(
      '  without  DKIM-Signature: nobody vouches for its From, and alias.example would\n',
    )
  })
})
