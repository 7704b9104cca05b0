import { afterEach, describe, expect, test } from 'vitest'
import { testCertificate } from './certificates.ts'
import { RawClient } from './raw-client.ts'
import { Sink, type SinkSettings } from './sink.ts'

let sink: Sink
const start = async (settings: SinkSettings = {}) => {
  sink = await Sink.start(settings)
  return sink
}
afterEach(() => sink.close())

const connect = async () => {
  const client = await RawClient.connect({ port: sink.port })
  await client.reply()
  return client
}
const trusting = { ca: testCertificate().cert, servername: 'sink.example' }
const beforeData = [
  'EHLO relay.example',
  'MAIL FROM:<b+1@alias.example> SMTPUTF8',
  'RCPT TO:<one@destination.example>',
]

describe('the sink', () => {
  test('records what it accepts with its exact octets and envelope', async () => {
    await start()
    const client = await connect()
    await client.commands(...beforeData, 'RCPT TO:<two@destination.example>', 'DATA')
    expect(await client.command('a: b\r\n\r\n..c\r\n\xff\r\n.')).toBe('250 2.0.0 taken as 1')
    const [message] = await sink.received(1)
    expect(message).toMatchObject({
      helo: 'relay.example',
      reversePath: 'b+1@alias.example',
      mailParameters: 'SMTPUTF8',
      forwardPaths: ['one@destination.example', 'two@destination.example'],
      isTls: false,
      connection: 1,
    })
    expect(message?.octets).toEqual(Buffer.from('a: b\r\n\r\n.c\r\n\xff\r\n'))
  })

  test('does what is planned for a phase once, or always', async () => {
    await start()
    sink.next('rcpt', '450 4.2.1 busy', '550-5.1.1 no\n550 5.1.1 such user').always('body', '451 4.3.0 later')
    const client = await connect()
    const replies = await client.commands(
      ...beforeData,
      beforeData[2] ?? '',
      beforeData[2] ?? '',
      'DATA',
      '.',
    )
    expect(replies.slice(2)).toEqual([
      '450 4.2.1 busy',
      '550-5.1.1 no\n550 5.1.1 such user',
      '250 2.1.5 OK',
      '354 go ahead',
      '451 4.3.0 later',
    ])
    expect(sink.messages).toEqual([])
  })

  test.each(['connect', 'ehlo', 'mail', 'rcpt', 'data', 'content', 'body', 'quit'] as const)(
    'drops the connection in the phase %s',
    async phase => {
      await start()
      sink.always(phase, { do: 'drop' })
      const client = await RawClient.connect({ port: sink.port })
      const dialog = [...beforeData, 'DATA', 'Subject: x\r\n.', 'QUIT']
      await client
        .reply()
        .then(() => client.commands(...dialog))
        .catch(() => undefined)
      await client.closed
      expect(sink.messages).toHaveLength(phase === 'quit' ? 1 : 0)
    },
  )

  test('holds an answer back until the test lets it go', async () => {
    await start()
    const gate = Promise.withResolvers<void>()
    sink.next('mail', () => gate.promise.then(() => '250 at last'))
    const client = await connect()
    await client.command('EHLO relay.example')
    await client.write('MAIL FROM:<>\r\n')
    await sink.until(({ commands }) => commands.includes('MAIL FROM:<>'))
    gate.resolve()
    expect(await client.reply()).toBe('250 at last')
  })

  test('speaks STARTTLS and TLS from the first octet', async () => {
    await start({ tls: 'starttls' })
    const client = await connect()
    expect(await client.command('EHLO relay.example')).toContain('STARTTLS')
    await client.command('STARTTLS')
    await client.startTls(trusting)
    await client.commands(...beforeData, 'DATA', '.')
    await sink.close()
    expect(sink.messages[0]?.isTls).toBe(true)

    await start({ tls: 'implicit' })
    const other = await RawClient.connect({ port: sink.port, tls: trusting })
    expect(await other.reply()).toMatch(/^220/)
  })

  test('counts connections', async () => {
    await start()
    await connect()
    await connect()
    expect([sink.connections, sink.sockets.size]).toEqual([2, 2])
  })
})
