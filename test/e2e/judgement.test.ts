/** What judging one message may cost, in questions, time and memory, whatever stands in it and whoever waits for it. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { dkimSign } from 'mailauth'
import { describe, expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { RawClient } from '../support/raw-client.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { publishKeys } from '../support/test-relay.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
const domains = { 'alias.example': { aliases: { team: ['one@destination.example'] } } }
/** Whoever waits for this waits for ever. */
const patience = { timeoutMilliseconds: 600_000, tries: 1 }

const body = 'Hello.\r\n'
const bodyHash = createHash('sha256').update(body).digest('base64')

/** Well-formed signatures of different domains, which nobody made. */
function forgedSignatures(count: number, extra: (at: number) => string = () => ''): string {
  const one = (at: number) =>
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d${at}.example; s=s; h=from; ${extra(at)}bh=${bodyHash}; b=AAAA\r\n`
  return Array.from({ length: count }, (_, at) => one(at)).join('')
}

async function patientRelay(on: Stage, judgementTimeoutSeconds: number): Promise<TestRelay> {
  return relayOn(on, {
    domains,
    resolver: { servers: [on.dns.address], ...patience },
    limits: { judgementTimeoutSeconds },
  })
}

describe('questions', () => {
  test('of one message with the DKIM signatures of 300 domains are few', async () => {
    const on = await stage()
    const relay = await relayOn(on, { domains })
    on.dns.queries.length = 0
    const octets = plainMessage({ extra: forgedSignatures(300), body })
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
    expect(on.dns.queries.filter(({ name }) => name.includes('_domainkey'))).toHaveLength(10)
    expect(on.dns.queries.length).toBeLessThanOrEqual(40)
  })

  test('of SPF that leads from host to host end, and nobody is vouched for', async () => {
    const on = await stage()
    const exchanges = Array.from({ length: 10 }, (_, at) => ['mx', `${at} h${at}.many.example`] as const)
    const names = Array.from({ length: 10 }, (_, at) => `many${at}.example`)
    publishKeys(on.zone, {
      'origin.example': { '@': [['txt', `v=spf1 ${names.map(name => `mx:${name}`).join(' ')} -all`]] },
      ...Object.fromEntries(
        names.map(name => [name, { '@': exchanges.map(([type, v]) => [type, `${v}.${name}`]) }]),
      ),
    })
    const relay = await relayOn(on, { domains })
    on.dns.queries.length = 0
    const { data, queueId } = await send(relay.port, { ...envelope, octets: plainMessage() })
    expect(data).toMatch(/^250 /)
    expect(on.dns.queries.length).toBeLessThanOrEqual(40)
    expect(recordOf(relay, queueId)).toMatchObject({ senderAuthenticated: false })
  })

  test('of a chain end with the highest hop that fails', async () => {
    const on = await stage()
    const relay = await relayOn(on, { domains })
    const octets = await on.origin.sign(plainMessage(), envelope)
    const forged = Buffer.from(octets.toString('latin1').replace('s1=test', 's1=gone'), 'latin1')
    on.dns.queries.length = 0
    const { data } = await send(relay.port, { ...envelope, octets: forged })
    expect(data).toMatch(/^550 5\.7\.1 PERMERROR DKIM2-Signature i=1 public key gone does not exist/)
    expect(on.dns.queries.map(({ name }) => name).filter(name => name.includes('origin'))).toEqual([
      'gone._domainkey.origin.example',
    ])
  })

  test('are bounded by a setting, and the refusal says so', async () => {
    const on = await stage()
    const relay = await relayOn(on, { domains, limits: { maxNamesPerMessage: 1 } })
    const once = await on.origin.sign(plainMessage(), envelope)
    expect((await send(relay.port, { ...envelope, octets: once })).data).toMatch(/^250 /)
    const second = 'bh1=$1; s2=x; a2=ed25519-sha256; bh2=$1; b2=AAAA;'
    const twice = Buffer.from(once.toString('latin1').replace(/bh1=([^;]*);/, second), 'latin1')
    const { data } = await send(relay.port, { ...envelope, octets: twice })
    expect(data).toBe('550 5.7.1 PERMERROR Message needs 2 public keys, and this verifier looks up 1')
  })
})

describe('time', () => {
  test('what no name server has told by the end of the judgement vouches for nobody', async () => {
    const on = await stage()
    for (const name of [
      'origin.example',
      ...Array.from({ length: 100 }, (_, at) => `s._domainkey.d${at}.example`),
    ])
      on.dns.behave(name, 'nothing')
    const relay = await patientRelay(on, 1)
    const octets = plainMessage({ extra: forgedSignatures(100), body })
    const { data, queueId } = await send(relay.port, { ...envelope, octets })
    expect(data).toMatch(/^250 /)
    expect(recordOf(relay, queueId)).toMatchObject({
      senderAuthenticated: false,
      sender: { spf: 'temperror' },
    })
  })

  test('a chain whose keys no name server has told by then is deferred', async () => {
    const on = await stage()
    on.dns.behave('test._domainkey.origin.example', 'nothing')
    const relay = await patientRelay(on, 1)
    const octets = await on.origin.sign(plainMessage(), envelope)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^451 4\.7\.5 TEMPERROR /)
  })

  test('the keys of all signatures are asked for side by side', async () => {
    const on = await stage()
    for (const at of Array.from({ length: 5 }).keys()) on.dns.behave(`s._domainkey.d${at}.example`, 'nothing')
    const relay = await patientRelay(on, 600)
    const client = await inData(relay.port)
    const octets = plainMessage({ extra: forgedSignatures(5), body })
    await client.write(`${octets.toString('latin1')}.\r\n`)
    const keys = () => on.dns.queries.filter(({ name }) => name.includes('_domainkey.d'))
    // None of them is answered, and nobody waits for an answer before the next is asked for.
    await on.dns.until(() => keys().length >= 5)
    client.destroy()
    await relay.log.until(({ text }) => text === 'not taken: its client has gone')
    expect(keys()).toHaveLength(5)
  })
})

describe('a client that has gone', () => {
  test('ends the work for its message, which is not taken', async () => {
    const on = await stage()
    on.dns.behave('origin.example', 'nothing')
    const relay = await patientRelay(on, 600)
    const client = await inData(relay.port)
    await client.write(`${plainMessage().toString('latin1')}.\r\n`)
    await on.dns.until(dns => dns.count('origin.example') > 0)
    client.destroy()
    await relay.log.until(({ text }) => text === 'not taken: its client has gone')
    const later = await send(relay.port, { ...envelope, from: '', octets: plainMessage() })
    await on.sink.received(1)
    const reader = openReader(relay.database)
    expect(reader.listMessages({ limit: 10 }).map(({ queueId }) => queueId)).toEqual([later.queueId])
    reader.close()
  })
})

async function inData(port: number): Promise<RawClient> {
  const client = await RawClient.connect({ port })
  await client.reply()
  await client.commands(
    'EHLO client.example',
    'MAIL FROM:<a@origin.example>',
    'RCPT TO:<team@alias.example>',
    'DATA',
  )
  return client
}

function recordOf(relay: TestRelay, queueId: string): unknown {
  const reader = openReader(relay.database)
  const verdict = reader.showMessage(queueId)?.message.record.admission
  reader.close()
  return verdict
}

describe('what is refused in the session', () => {
  test.each(['header', 'body'])('a NUL octet in the %s', async place => {
    const on = await stage()
    const relay = await relayOn(on, { domains })
    const octets = place === 'body' ? plainMessage({ body: 'a\0b\r\n' }) : plainMessage({ subject: 'a\0b' })
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^550 5\.6\.0 .*NUL/)
    const others = plainMessage({ body: '\x01\x7f\r\n' })
    expect((await send(relay.port, { ...envelope, octets: others })).data).toMatch(/^250 /)
  })

  test('a sender that can be told of no failure: every other one can', async () => {
    const on = await stage()
    on.sink.always('rcpt', '550 5.1.1 no')
    publishKeys(on.zone, { 'origin.example': { '@': [['txt', 'v=spf1 ip4:127.0.0.1 -all']] } })
    const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
    const relay = await relayOn(on, { domains, routes: { 'origin.example': sink } })
    const taken: string[] = []
    const refused: string[] = []
    for (let code = 0x20; code < 0x7f; code++) {
      const character = String.fromCharCode(code)
      if (/[0-9A-Z]/i.test(character)) continue
      const from = `"a${'"\\'.includes(character) ? '\\' : ''}${character}b"@origin.example`
      const { mail } = await send(relay.port, { from, to: envelope.to, octets: plainMessage() })
      if (mail.startsWith('250')) taken.push(from)
      else refused.push(`${character} ${mail.slice(0, 9)}`)
    }
    expect(refused).toEqual([' ', ',', ';', '<', '>'].map(character => `${character} 553 5.1.7`))
    const told = () => on.sink.commands.filter(line => /^RCPT TO:<.*@origin\.example>/.test(line))
    await on.sink.until(() => told().length >= taken.length)
    expect(
      told()
        .map(line => /<(.*)>/.exec(line)?.[1])
        .toSorted(),
    ).toEqual(taken.toSorted())
  })
})

describe('a sender in U-labels', () => {
  test('is vouched for by the DKIM signature of the same domain in A-labels (RFC 8616 section 3)', async () => {
    const on = await stage()
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`
    publishKeys(on.zone, { 'xn--bcher-kva.example': { 's._domainkey': [['txt', record]] } })
    const relay = await relayOn(on, { domains })
    const plain = plainMessage()
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const by = { signingDomain: 'xn--bcher-kva.example', selector: 's', privateKey: pem }
    const { signatures } = await dkimSign(plain, { ...by, signatureData: [by] })
    const mail = { from: 'someone@bücher.example', to: envelope.to, mailParameters: 'SMTPUTF8' }
    const octets = Buffer.concat([Buffer.from(signatures), plain])
    const { queueId } = await send(relay.port, { ...mail, octets })
    expect(recordOf(relay, queueId)).toMatchObject({
      senderAuthenticated: true,
      sender: { dkimDomains: ['xn--bcher-kva.example'] },
    })
  })
})
