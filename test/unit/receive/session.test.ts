import { afterEach, describe, expect, test } from 'vitest'
import type { Received } from '../../../src/receive/received.ts'
import { queued } from '../../../src/smtp/replies.ts'
import {
  acceptedRecipient,
  ListenerRig,
  type RigSettings,
  rigTimeMilliseconds,
} from '../../support/listener-rig.ts'

let rig: ListenerRig
const start = async (settings: RigSettings = {}) => {
  rig = await ListenerRig.start(settings)
  return rig
}
afterEach(() => rig.close())

/** The one message of the rig. */
function only(): Received {
  expect(rig.messages).toHaveLength(1)
  const [message] = rig.messages
  if (message === undefined) throw new Error('no message')
  return message
}

describe('what a message comes with', () => {
  test('queue id, time, listener, peer, envelope and octets', async () => {
    await start()
    const client = await rig.inData('MAIL FROM:<Author@Origin.example> BODY=8BITMIME')
    expect(await client.command('Subject: x\r\n\r\nbody\r\n.')).toBe('250 2.0.0 queued as Q1')
    const { octets, ...others } = only()
    expect(octets.toString()).toBe('Subject: x\r\n\r\nbody\r\n')
    expect(others).toEqual({
      queueId: 'Q1',
      receivedAtMilliseconds: rigTimeMilliseconds,
      listener: 'mx',
      peer: {
        address: '127.0.0.1',
        port: (client.socket.address() as { port: number }).port,
        helo: 'client.example',
        protocol: 'ESMTP',
      },
      envelope: {
        reversePath: 'Author@Origin.example',
        forwardPaths: ['team@alias.example'],
        bodyType: '8bitmime',
        smtpUtf8: false,
      },
      roles: [acceptedRecipient.role],
      trusted: false,
    })
  })

  test('recipients are kept in order, each once, in their own spelling; those refused are left out', async () => {
    await start()
    const client = await rig.greeted()
    const recipients = [
      'b@alias.example',
      'nobody@alias.example',
      'B@alias.example',
      'b@ALIAS.example',
      'a@Alias.example',
    ]
    await client.command('MAIL FROM:<author@origin.example>')
    await client.commands(...recipients.map(recipient => `RCPT TO:<${recipient}>`), 'DATA', '.')
    expect(only().envelope.forwardPaths).toEqual(['b@alias.example', 'B@alias.example', 'a@Alias.example'])
  })

  test('the hook is asked for each recipient with the sender, the peer, whether it is trusted, and those before it', async () => {
    await start({ listener: { trustedNetworks: ['127.0.0.0/8'] } })
    const client = await rig.greeted()
    await client.commands('MAIL FROM:<>', 'RCPT TO:<Postmaster>', 'RCPT TO:<team@alias.example>')
    expect(rig.asked).toHaveLength(2)
    expect(rig.asked[0]).toMatchObject([
      'Postmaster',
      { reversePath: '', listener: 'mx', trusted: true, peer: { helo: 'client.example' }, forwardPaths: [] },
    ])
    expect(rig.asked[1]?.[1].forwardPaths).toEqual(['Postmaster'])
  })

  test('a source route is gone before anybody is asked', async () => {
    await start()
    const client = await rig.greeted()
    await client.commands(
      'MAIL FROM:<@one.example:author@origin.example>',
      'RCPT TO:<@two.example:team@alias.example>',
      'DATA',
      '.',
    )
    expect(only().envelope).toMatchObject({
      reversePath: 'author@origin.example',
      forwardPaths: ['team@alias.example'],
    })
  })

  test('addresses with UTF-8 come decoded when MAIL carried SMTPUTF8, and A-labels stay as they were sent', async () => {
    await start({ hooks: { recipient: () => acceptedRecipient } })
    const client = await rig.greeted()
    const replies = await client.commands(
      'MAIL FROM:<jürgen@xn--fsqu00a.example> SMTPUTF8',
      'RCPT TO:<用户@例子.example>',
      'DATA',
      '.',
    )
    expect(replies.map(reply => reply.slice(0, 3))).toEqual(['250', '250', '354', '250'])
    expect(only()).toMatchObject({
      peer: { protocol: 'UTF8SMTP' },
      envelope: {
        reversePath: 'jürgen@xn--fsqu00a.example',
        forwardPaths: ['用户@例子.example'],
        smtpUtf8: true,
      },
    })
  })

  test('the state of one transaction does not leak into the next', async () => {
    await start()
    const client = await rig.inData('MAIL FROM:<author@origin.example> BODY=8BITMIME SMTPUTF8')
    await client.command('.')
    await client.commands('MAIL FROM:<>', 'RCPT TO:<board@alias.example>', 'DATA', '.')
    expect(rig.messages[1]?.envelope).toEqual({
      reversePath: '',
      forwardPaths: ['board@alias.example'],
      smtpUtf8: false,
    })
  })
})

describe('hooks', () => {
  test('a sender can be refused; the transaction is then not open', async () => {
    await start({ hooks: { sender: () => ({ code: 550, enhanced: '5.7.1', text: 'not you' }) } })
    const client = await rig.greeted()
    expect(await client.command('MAIL FROM:<author@origin.example>')).toBe('550 5.7.1 not you')
    expect(await client.command('RCPT TO:<team@alias.example>')).toMatch(/^503 5\.5\.1/)
  })

  test('the reply to the message is what the hook says, on several lines too', async () => {
    const reply = { code: 550, enhanced: '5.7.1', text: 'PERMERROR DKIM2-Signature i=2\nsecond' }
    await start({ hooks: { accept: async () => reply } })
    const client = await rig.inData()
    expect(await client.command('.')).toBe('550-5.7.1 PERMERROR DKIM2-Signature i=2\n550 5.7.1 second')
  })

  test.each(['sender', 'recipient', 'accept', 'nextQueueId'] as const)(
    'an error of %s is answered with 451 4.3.0, logged, and the connection survives',
    async hook => {
      const error = new Error('database is gone: secret')
      await start({
        hooks: {
          [hook]: () => {
            throw error
          },
        },
      })
      const client = await rig.greeted()
      const replies = await client.commands(
        'MAIL FROM:<author@origin.example>',
        'RCPT TO:<team@alias.example>',
        'DATA',
      )
      if (replies[2]?.startsWith('354')) replies.push(await client.command('.'))
      expect(replies).toContain('451 4.3.0 local error, try again later')
      expect(replies.join()).not.toContain('secret')
      expect(rig.events).toContainEqual(expect.objectContaining({ event: 'fault', error }))
      expect(await client.command('NOOP')).toMatch(/^250/)
    },
  )

  test('a name server that never answers does not hold up mail', async () => {
    await start({ hooks: { hostname: () => new Promise(() => undefined) } })
    const client = await rig.inData()
    expect(await client.command('.')).toMatch(/^250/)
    expect(only().peer).not.toHaveProperty('hostname')
  })

  test.each([
    ['mx.client.example', 'mx.client.example'],
    ['evil\r\nX: y', undefined],
  ])('a reverse name is taken over when it is there in time and is a name: %j', async (name, expected) => {
    await start({ hooks: { hostname: async () => name } })
    const client = await rig.inData()
    await client.command('.')
    expect(only().peer.hostname).toBe(expected)
  })

  test('a reverse look-up that fails is nobody’s business', async () => {
    await start({ hooks: { hostname: () => Promise.reject(new Error('SERVFAIL')) } })
    const client = await rig.inData()
    expect(await client.command('.')).toMatch(/^250/)
  })

  test('replies to commands that came together leave together (RFC 2920 section 3.2)', async () => {
    await start()
    const client = await rig.greeted()
    const chunks: string[] = []
    client.socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
    await client.write(
      'MAIL FROM:<>\r\nRCPT TO:<team@alias.example>\r\nRCPT TO:<nobody@alias.example>\r\nDATA\r\n',
    )
    for (let at = 0; at < 4; at++) await client.reply()
    expect(chunks).toEqual([
      expect.stringMatching(/^250 2\.1\.0 .*\r\n250 2\.1\.5 .*\r\n550 5\.1\.1 .*\r\n354 .*\r\n$/),
    ])
  })

  test('commands wait for the hook before them', async () => {
    const gate = Promise.withResolvers<void>()
    await start({ hooks: { accept: received => gate.promise.then(() => queued(received.queueId)) } })
    const client = await rig.inData()
    await client.write('.\r\nNOOP\r\n')
    gate.resolve()
    expect([await client.reply(), await client.reply()]).toEqual(['250 2.0.0 queued as Q1', '250 2.0.0 OK'])
  })
})

describe('the octets of a message', () => {
  test('control characters but NUL, 8-bit octets without 8BITMIME and lines over 998 octets pass unchanged', async () => {
    await start()
    const octets = Buffer.concat([
      Buffer.from('Subject: x\r\n\r\n'),
      Buffer.from(
        Array.from({ length: 256 }, (_, octet) => octet).filter(octet => ![0, 10, 13].includes(octet)),
      ),
      Buffer.from(`\r\n${'long '.repeat(4_000)}\r\n`),
    ])
    const client = await rig.inData()
    await client.write(octets)
    expect(await client.command('.')).toMatch(/^250/)
    expect(only().octets.equals(octets)).toBe(true)
  })

  test('a message of 25 MiB arrives whole and fills its own ArrayBuffer', async () => {
    await start()
    const line = Buffer.from(`.${'0123456789abcdef'.repeat(4)}\r\n`)
    const count = Math.ceil((25 * 1024 * 1024) / line.length)
    const client = await rig.inData()
    await client.write(
      Buffer.concat([Buffer.from('\r\n'), Buffer.alloc(count * (line.length + 1), `.${line.toString()}`)]),
    )
    expect(await client.command('.')).toMatch(/^250/)
    const { octets } = only()
    expect(octets.length).toBe(2 + count * line.length)
    expect(octets.subarray(2).equals(Buffer.alloc(count * line.length, line))).toBe(true)
    expect(octets.buffer.byteLength).toBe(octets.length)
  })

  test('a message sent octet by octet, with a pipelined command behind it, is the same', async () => {
    await start()
    const client = await rig.inData()
    for (const octet of 'a: b\r\n\r\n..c\r\n.\r\nNOOP\r\n') await client.write(octet)
    expect([await client.reply(), await client.reply()]).toEqual(['250 2.0.0 queued as Q1', '250 2.0.0 OK'])
    expect(only().octets.toString()).toBe('a: b\r\n\r\n.c\r\n')
  })

  const smuggled = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r\n.\r', '\r.\r\n', '\r\n.\r\r\n', '\n\n.\r\n']
  test.each(smuggled)(
    '%j hides no second message, at whatever octet the segments are cut',
    async sequence => {
      await start({ limits: { maxErrors: 10_000 } })
      const evil = 'MAIL FROM:<evil@origin.example>\r\nRCPT TO:<team@alias.example>\r\nDATA\r\nevil\r\n.\r\n'
      const text = `a: b\r\n\r\nx${sequence}${evil}`
      const end = text.indexOf(evil)
      const client = await rig.greeted()
      for (let at = text.indexOf('x'); at <= end; at++) {
        await client.commands('MAIL FROM:<author@origin.example>', 'RCPT TO:<team@alias.example>', 'DATA')
        await client.write(text.slice(0, at))
        await client.write(text.slice(at))
        expect(await client.reply()).toMatch(/^550 5\.6\.11/)
      }
      expect(await client.command('NOOP')).toMatch(/^250/)
      expect(rig.messages).toEqual([])
    },
  )
})
