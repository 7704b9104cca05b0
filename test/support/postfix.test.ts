import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { testCertificate } from './certificates.ts'
import { Postfix, type PostfixSettings, postfixMissing } from './postfix.ts'
import { RawClient } from './raw-client.ts'
import { plainMessage, send } from './send.ts'
import { Sink } from './sink.ts'
import { afterTest } from './stage.ts'

const start = async (settings: PostfixSettings) => {
  const postfix = await Postfix.start(settings)
  afterTest(() => postfix.stop())
  return postfix
}
const sinkWith = async (settings: Parameters<typeof Sink.start>[0] = {}) => {
  const sink = await Sink.start(settings)
  afterTest(() => sink.close())
  return sink
}
const mail = (to: string) => ({ from: 'a@origin.example', to: [to], octets: plainMessage() })

describe.skipIf(postfixMissing !== undefined)('a Postfix of the tests', () => {
  test('takes a message in and sends it to where its route leads', async () => {
    const sink = await sinkWith()
    const postfix = await start({
      relayDomains: ['destination.example'],
      routes: { 'destination.example': { port: sink.port } },
    })
    expect((await send(postfix.port, mail('u@destination.example'))).data).toMatch(/^250 2\.0\.0/)
    const [message] = await sink.received(1)
    expect(message).toMatchObject({
      helo: 'mx.postfix.example',
      reversePath: 'a@origin.example',
      forwardPaths: ['u@destination.example'],
    })
    expect(message?.octets.toString()).toContain('\r\n.dot\r\n')
    expect(await postfix.logged(/status=sent/)).toContain('to=<u@destination.example>')
  })

  test('refuses where it is told to, and what it does not relay', async () => {
    const postfix = await start({
      relayDomains: ['destination.example'],
      routes: { 'destination.example': 'discard:' },
      refusedRecipients: { 'no@destination.example': '550 5.1.1 no such user' },
      refusedMessages: { 'late@destination.example': '554 5.6.0 not this content' },
    })
    expect((await send(postfix.port, mail('no@destination.example'))).rcpt[0]).toMatch(
      /^550 5\.1\.1 .*no such user/,
    )
    expect((await send(postfix.port, mail('late@destination.example'))).data).toMatch(
      /^554 5\.6\.0 .*not this content/,
    )
    expect((await send(postfix.port, mail('u@elsewhere.example'))).rcpt[0]).toMatch(/^[45]54 /)
  })

  test('bounces what it had accepted, with a report of its own making', async () => {
    const sink = await sinkWith()
    const postfix = await start({
      relayDomains: ['destination.example'],
      routes: { 'origin.example': { port: sink.port } },
      failures: { 'gone@destination.example': '5.1.1 mailbox is gone' },
    })
    await send(postfix.port, mail('gone@destination.example'))
    const [report] = await sink.received(1)
    expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
    expect(report?.octets.toString()).toMatch(/report-type=delivery-status/)
    expect(report?.octets.toString()).toMatch(/^Status: 5\.1\.1\r$/m)
  })

  test('speaks TLS on its listeners and on its routes', async () => {
    const certificate = testCertificate()
    const starttls = await sinkWith({ tls: 'starttls' })
    const implicit = await sinkWith({ tls: 'implicit' })
    const postfix = await start({
      hostname: 'relay.example',
      listeners: ['starttls', 'implicit'],
      certificate,
      isTrusting: true,
      routes: {
        'one.example': { port: starttls.port, tls: 'starttls' },
        '*': { port: implicit.port, tls: 'implicit' },
      },
    })
    expect(postfix.ports).toHaveLength(2)
    const trusting = { ca: certificate.cert, servername: 'relay.example' }
    const client = await RawClient.connect({ port: postfix.port })
    await client.reply()
    expect(await client.command('EHLO client.example')).toContain('STARTTLS')
    await client.command('STARTTLS')
    await client.startTls(trusting)
    expect(await client.command('EHLO client.example')).toMatch(/^250/)
    await client.commands('MAIL FROM:<a@origin.example>', 'RCPT TO:<u@one.example>', 'DATA', 'A: b\r\n.')
    await client.commands('MAIL FROM:<a@origin.example>', 'RCPT TO:<u@two.example>', 'DATA', 'A: b\r\n.')
    expect((await starttls.received(1))[0]).toMatchObject({ isTls: true })
    expect((await implicit.received(1))[0]).toMatchObject({ isTls: true })
    const direct = connectTls({ host: '127.0.0.1', port: postfix.ports[1] ?? 0, ...trusting })
    const [greeting] = (await once(direct, 'data')) as [Buffer]
    expect(greeting.toString()).toMatch(/^220 relay\.example/)
    direct.destroy()
  })

  test('leaves neither process nor folder behind', async () => {
    const postfix = await Postfix.start()
    await send(postfix.port, mail('u@destination.example'))
    await postfix.stop()
    expect(existsSync(postfix.folder)).toBe(false)
    const late = connect(postfix.port, '127.0.0.1')
    const [problem] = (await once(late, 'error')) as [NodeJS.ErrnoException]
    expect(problem.code).toBe('ECONNREFUSED')
  })
})
