/** A content filter in front of the spool: a real rspamd, as Debian packages it, and one that is not there. */
import { expect, test } from 'vitest'
import { undo } from '../../src/dkim2/index.ts'
import { readMessage } from '../../src/message/message.ts'
import { openReader } from '../support/database-beside.ts'
import { fieldOf, listAddress, listRelay, subscribeAddresses } from '../support/list.ts'
import { Rspamd, rspamdMissing } from '../support/rspamd.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

/** The test patterns of rspamd: what it does with a message that holds one. */
const pattern = (letter: string) =>
  `${letter}JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n`

/** Tells by symbols what reached it; and defers what asks for that. */
const rules = `
rspamd_config:register_symbol{ name = 'TEST_DEFER', type = 'prefilter', callback = function(task)
  if task:get_header('X-Test-Defer') then task:set_pre_result('soft reject', 'Come back tomorrow') end
end }
rspamd_config:register_symbol{ name = 'TEST_KNOWS', score = 0.1, callback = function(task)
  local results = tostring(task:get_request_header('Authentication-Results'))
  local knows = results:find('dkim2=pass', 1, true) and results:find('relay.example', 1, true)
  local from, rcpt = task:get_from('smtp'), task:get_recipients('smtp')
  local envelope = from[1].addr == 'a@origin.example' and #rcpt == 2 and rcpt[2].addr == 'two@alias.example'
  local client = tostring(task:get_from_ip()) == '127.0.0.5' and task:get_helo() == 'client.example'
  if knows and envelope and client then return true, 1.0 end
end }
`

const domains = {
  'alias.example': { aliases: { team: ['one@destination.example'], two: ['two@destination.example'] } },
}

function recordOf(relay: TestRelay, queueId: string) {
  const reader = openReader(relay.database)
  const filter = reader.message(queueId)?.record.admission?.filter
  reader.close()
  return filter
}

test.skipIf(rspamdMissing)(
  'rspamd is told of client, envelope and results, and its action is what becomes of a message',
  async () => {
    const rspamd = await Rspamd.start(rules)
    afterTest(() => rspamd.stop())
    const on = await stage()
    const relay = await relayOn(on, { domains, filter: { url: rspamd.url } })
    const mail = { from: 'a@origin.example', to: ['team@alias.example'] }
    const sent = async (octets: Buffer) => send(relay.port, { ...mail, octets })

    expect((await sent(plainMessage({ body: pattern('X') }))).data).toBe('550 5.7.1 Gtube pattern')
    const later = await sent(plainMessage({ extra: 'X-Test-Defer: 1\r\n' }))
    expect(later.data).toBe('451 4.7.1 Come back tomorrow')

    const both = { from: 'a@origin.example', to: ['team@alias.example', 'two@alias.example'] }
    const octets = await on.origin.sign(plainMessage(), both, 'mailversion', ['exploded'])
    const known = await send(relay.port, { ...both, octets }, '127.0.0.5')
    expect(recordOf(relay, known.queueId)).toMatchObject({
      filter: 'rspamd',
      action: 'accept',
      symbols: expect.arrayContaining(['TEST_KNOWS']),
    })
    await on.sink.received(2)

    const signed = await on.origin.sign(plainMessage({ body: pattern('Y'), extra: 'X-Spam: No\r\n' }), mail)
    const marked = await sent(signed)
    const copy = (await on.sink.received(3))[2]
    expect(fieldOf(copy, 'X-Spam')).toBe('Yes')
    expect(fieldOf(copy, 'X-Spam-Status')).toMatch(/^Yes, .*tests=GTUBE/)
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', fullyVerified: true })
    expect(recordOf(relay, marked.queueId)).toMatchObject({
      action: 'mark',
      word: 'add header',
      isMarked: true,
    })
    const undone = undo(readMessage(copy?.octets ?? Buffer.alloc(0)), 1)
    expect(undone).toMatchObject({ kind: 'undone', message: { body: readMessage(signed).body } })
  },
  120_000,
)

test.skipIf(rspamdMissing)(
  'a post that rspamd marks is distributed with its mark, and a message that may not be modified without',
  async () => {
    const rspamd = await Rspamd.start()
    afterTest(() => rspamd.stop())
    const on = await stage()
    const relay = await listRelay(on, { posting: 'anyone' }, { filter: { url: rspamd.url } })
    subscribeAddresses(relay, ['one@destination.example'])
    const mail = { from: 'a@origin.example', to: [listAddress] }
    const spam = plainMessage({ body: pattern('Y') })
    await send(relay.port, { ...mail, octets: await on.origin.sign(spam, mail) })
    const [copy] = await on.sink.received(1)
    expect(fieldOf(copy, 'X-Spam-Flag')).toBe('YES')
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })

    // A list takes no Message-ID twice.
    const another = Buffer.from(spam.toString('latin1').replace('<1@', '<2@'), 'latin1')
    const asked = await on.origin.sign(another, mail, 'mailversion', ['donotmodify'])
    const { queueId } = await send(relay.port, { ...mail, octets: asked })
    const untouched = (await on.sink.received(2))[1]
    expect(fieldOf(untouched, 'X-Spam-Flag')).toBe('')
    expect(recordOf(relay, queueId)).toMatchObject({ action: 'mark', isMarked: false })
  },
  120_000,
)

test('while the filter is down, mail is deferred or accepted as the settings say, and the log says so once', async () => {
  const on = await stage()
  const mail = { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() }
  const url = 'http://127.0.0.1:1'
  const deferring = await relayOn(on, { domains, filter: { url } })
  for (let times = 0; times < 3; times++)
    expect((await send(deferring.port, mail)).data).toMatch(/^451 4\.3\.0 /)
  expect(deferring.log.lines.filter(({ level }) => level === 'error').map(({ text }) => text)).toEqual([
    'the content filter gives no verdict',
  ])
  const accepting = await relayOn(on, { domains, filter: { url, whenDown: 'accept' } })
  const { queueId, data } = await send(accepting.port, mail)
  expect(data).toMatch(/^250 /)
  expect(recordOf(accepting, queueId)).toMatchObject({ filter: 'rspamd', action: 'unavailable' })
  await on.sink.received(1)
})
