/** Targets that read what is said of subscribers: addresses for commands, words of refusals, files of addresses. */

import assert from 'node:assert/strict'
import { classifyFailure } from '../../src/lists/failure-class.ts'
import { commandAddress, listAddressProblem, readCommand } from '../../src/lists/list-address.ts'
import { parseMailbox } from '../../src/message/mailbox.ts'
import { readSubscribers } from '../../src/service/operator/subscriber-file.ts'
import type { Target } from './target.ts'
import { dictionary, words } from './words.ts'

const commandAddresses: Target = {
  name: 'addresses of a list',
  seeds: [Buffer.from('news-confirm+ab12'), Buffer.from('home-owner-request'), Buffer.from('b+x')],
  words: dictionary(words.smtp, ['-', '+', '-owner', '-subscribe', '-help', 'postmaster', '..']),
  run(octets) {
    const localPart = octets.toString()
    const found = readCommand(localPart)
    if (found === undefined) return listAddressProblem(`${localPart}@lists.example`) ?? 'fit'
    const { listName, command, token } = found
    const written = commandAddress(`${listName}@lists.example`, command, token)
    assert.deepEqual(readCommand(written.slice(0, written.lastIndexOf('@'))), found)
    assert.ok(
      listAddressProblem(`${localPart}@lists.example`) !== undefined,
      'a list has the name of a command',
    )
    return `${command} ${token === undefined}`
  },
}

const refusals: Target = {
  name: 'words of a refusal',
  seeds: [
    Buffer.from('5.1.1 550 5.1.1 no such user'),
    Buffer.from('5.7.1 550 5.7.26 not accepted due to the DMARC policy of origin.example'),
    Buffer.from('4.4.7 451 SPF check failed, the sender is not authenticated'),
  ],
  words: dictionary(words.smtp, [
    'DMARC',
    'SPF',
    'DKIM',
    'unauthenticated',
    'not authenticated',
    '5.7.',
    'fail',
  ]),
  run(octets) {
    const [status = '', ...rest] = octets.toString().split(' ')
    const text = rest.join(' ')
    const isTemporary = status.startsWith('4.')
    const code = isTemporary ? 450 : 550
    const failure = classifyFailure({ code, status, text, answered: 'rcpt' })
    if (/\bDMARC\b/.test(text)) assert.equal(failure, 'none')
    if (isTemporary) assert.notEqual(failure, 'hard')
    return `${failure} ${/^[245]\.\d/.exec(status)?.[0]}`
  },
}

const subscriberFiles: Target = {
  name: 'a file of subscribers',
  seeds: [
    Buffer.from('a@x.example\r\n"b@x.example"\n\nnobody\n'),
    Buffer.from('\ufeffaddress;state;subscribed_at\na@x.example;suspended;2024-05-01T00:00:00Z\n'),
  ],
  words: dictionary(words.smtp, [
    '"',
    '""',
    ';',
    '\t',
    '\r',
    '\n',
    'address',
    'state',
    '@x.example',
    '<',
    '>',
  ]),
  async run(octets) {
    const { subscribers, repeated, bad } = await readSubscribers(octets, 'news@lists.example', 1e12, () => {})
    for (const { address } of subscribers) {
      assert.ok(parseMailbox(address) !== undefined && !/[;,\s]/.test(address), 'an address that is none')
    }
    assert.equal(new Set(subscribers.map(one => one.addressKey)).size, subscribers.length)
    const lines = octets.toString('latin1').split(/\r\n|[\r\n]/).length
    for (const { line } of bad) assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines}`)
    return `${Math.min(subscribers.length, 5)} ${Math.min(repeated, 3)} ${bad.map(one => one.problem.slice(0, 20)).slice(0, 3)}`
  },
}

export const subscriberTargets: readonly Target[] = [commandAddresses, refusals, subscriberFiles]
