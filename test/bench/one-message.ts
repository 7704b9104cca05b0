/**
 * What judging one message costs at worst, in milliseconds of CPU for each megabyte: the messages that a stranger could make
 * dear, each judged alone by admission. `node test/bench/one-message.ts`; the bound is 50.
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { admit } from '../../src/admit/admit.ts'
import { boundedLookUps } from '../../src/admit/look-ups.ts'
import { defaultAdmitPolicy } from '../../src/admit/policy.ts'
import { boundedPolicyLookUps } from '../../src/admit/policy-look-ups.ts'
import {
  arcChain,
  dkimSignatures,
  maxHops,
  maxOwnReceivedFields,
  maxReceivedFields,
} from '../../src/limits.ts'
import { newField } from '../../src/message/message.ts'
import type { Received } from '../../src/receive/received.ts'

const hash = (body: Buffer) => createHash('sha256').update(body).digest('base64')
const megabyte = 1_000_000
const line = `${'x'.repeat(76)}\r\n`

/** DKIM records that make each verification as dear as it gets. */
const dearKey = generateKeyPairSync('rsa', { modulusLength: 4096 }).publicKey
const record = `v=DKIM1; k=rsa; p=${dearKey.export({ type: 'spki', format: 'der' }).toString('base64')}`

const author = 'From: a@origin.example\r\nTo: team@alias.example\r\nSubject: x\r\n'
const field = (at: number, body: Buffer, extra = '', h = 'from:to:subject') =>
  `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=origin.example; s=s${at}; ${extra}h=${h}; bh=${hash(body)}; b=${Buffer.alloc(512, at).toString('base64')}\r\n`
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)

function messageOf(header: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${header}\r\n`, 'latin1'), body])
}

const lines = (octets: number, text = line) =>
  Buffer.from(text.repeat(Math.ceil(octets / text.length)), 'latin1')
const canons = ['simple/simple', 'relaxed/simple', 'simple/relaxed', 'relaxed/relaxed']
const varied = (body: Buffer) =>
  numbers(300)
    .map(at =>
      field(at, body)
        .replace('relaxed/relaxed', canons[at % 4] ?? '')
        .replace('rsa-sha256', at % 3 ? 'rsa-sha256' : 'rsa-sha1'),
    )
    .join('')

const messages: readonly (readonly [name: string, () => Buffer])[] = [
  ['plain, 3 MB', () => messageOf(author, lines(3 * megabyte))],
  ['one signature, 3 MB', () => messageOf(field(1, lines(3 * megabyte)) + author, lines(3 * megabyte))],
  [
    '600 signatures, l= beyond the body, 3 MB',
    () =>
      messageOf(
        numbers(600)
          .map(at => field(at, lines(1), `l=${9e9 + at}; `))
          .join('') + author,
        lines(3 * megabyte),
      ),
  ],
  [
    '300 signatures, l= within the body, 8 MB',
    () =>
      messageOf(
        numbers(300)
          .map(at => field(at, lines(1), `l=${1e6 + at}; `))
          .join('') + author,
        lines(8 * megabyte),
      ),
  ],
  [
    '300 signatures of all c= and a=, 3 MB',
    () => messageOf(varied(lines(3 * megabyte)) + author, lines(3 * megabyte)),
  ],
  [
    '300 signatures, white space everywhere, 3 MB',
    () => messageOf(varied(lines(1)) + author, lines(3 * megabyte, `${' \t'.repeat(30)}\r\n`)),
  ],
  [
    '300 signatures, empty lines, 3 MB',
    () => messageOf(varied(lines(1)) + author, lines(3 * megabyte, '\r\n')),
  ],
  [
    '300 signatures, one-octet lines, 3 MB',
    () => messageOf(varied(lines(1)) + author, lines(3 * megabyte, 'x\r\n')),
  ],
  [
    '300 signatures, long lines of spaces, 3 MB',
    () => messageOf(varied(lines(1)) + author, lines(3 * megabyte, `${' x'.repeat(49_000)}\r\n`)),
  ],
  [
    '300 signatures of 900 kB header, 1 MB',
    () => messageOf(varied(lines(1)) + author + `X-A: ${'y'.repeat(900)}\r\n`.repeat(900), lines(1)),
  ],
  [
    'signed fields at the bounds, 1 MB',
    () =>
      messageOf(
        field(1, lines(1), '', `from:${'x-a:'.repeat(490)}to`).repeat(10) +
          author +
          `X-A: ${'y'.repeat(240)}\r\n`.repeat(900),
        lines(800_000),
      ),
  ],
  [
    'From of 60 kB addresses, 1 MB',
    () =>
      messageOf(
        field(1, lines(1)).repeat(10) +
          `From: ${numbers(3000)
            .map(at => `a${at}@o${at}.example`)
            .join(',')
            .slice(0, 60_000)}\r\n`,
        lines(900_000),
      ),
  ],
  [
    'From of nested groups and comments, 1 MB',
    () => messageOf(`${field(1, lines(1)).repeat(10)}From: ${'g:("<'.repeat(12_000)}\r\n`, lines(900_000)),
  ],
  [
    'From of commas, 1 MB',
    () => messageOf(`${field(1, lines(1)).repeat(10)}From: ${','.repeat(60_000)}\r\n`, lines(900_000)),
  ],
  [
    'From of angle brackets, 1 MB',
    () => messageOf(`${field(1, lines(1)).repeat(10)}From: ${'<a@b>'.repeat(12_000)}\r\n`, lines(900_000)),
  ],
  [
    'Content-Type of parameters, 1 MB',
    () =>
      messageOf(
        field(1, lines(1), '', 'from:content-type').repeat(10) +
          author +
          `Content-Type: multipart/mixed; ${'a*0*=x;'.repeat(9_000)}\r\n`,
        lines(900_000),
      ),
  ],
  [
    'boundary, 3 MB',
    () =>
      messageOf(
        field(1, lines(1), '', 'from:content-type').repeat(10) +
          author +
          `Content-Type: multipart/mixed; boundary=${'-'.repeat(70)}\r\n`,
        lines(3 * megabyte, `${'-'.repeat(76)}\r\n`),
      ),
  ],
  [
    '50 ARC sets, signed, 1 MB',
    () =>
      messageOf(
        field(1, lines(1), '', 'from:arc-seal:arc-message-signature:arc-authentication-results').repeat(10) +
          numbers(50)
            .map(
              at =>
                `ARC-Seal: i=${at + 1}; a=rsa-sha256; cv=pass; d=o.example; s=s; b=AAAA\r\nARC-Message-Signature: i=${at + 1}; a=rsa-sha256; d=o.example; s=s; h=from; l=${at}; bh=AAAA; b=AAAA\r\nARC-Authentication-Results: i=${at + 1}; o.example; none\r\n`,
            )
            .join('') +
          author,
        lines(900_000),
      ),
  ],
  [
    'Authentication-Results of comments, 1 MB',
    () => messageOf(author + `Authentication-Results: ${'('.repeat(90_000)}\r\n`.repeat(10), lines(1)),
  ],
]

async function judge(octets: Buffer): Promise<void> {
  const ends = new AbortController().signal
  const found = {
    lookup: async () => ({ kind: 'records' as const, records: [record] }),
    resolver: async () => [[record]],
  }
  const lookUps = boundedLookUps(found, { maxNames: 30, ends })
  const received: Received = {
    queueId: 'q',
    receivedAtMilliseconds: 0,
    listener: 'mx',
    peer: { address: '192.0.2.1', port: 1, helo: 'client.example', protocol: 'ESMTP' },
    envelope: { reversePath: 'a@origin.example', forwardPaths: ['team@alias.example'], smtpUtf8: false },
    octets,
    roles: [],
    trusted: false,
  }
  await admit(received, defaultAdmitPolicy, {
    authservId: 'relay.example',
    lookUps,
    ends,
    nowSeconds: 1_763_000_000,
    loopBounds: { maxReceivedFields, maxOwnReceivedFields, maxHops, hostname: 'relay.example' },
    chainBounds: () => ({ maxKeyNames: 30 }),
    policyLookUps: boundedPolicyLookUps(
      { txt: async () => ({ kind: 'absent' }), mx: async () => ({ kind: 'absent' }) },
      { maxNames: 60, ends },
    ),
    senderBounds: { signatures: dkimSignatures, arc: arcChain },
    trustedSealers: [],
    isOwnDomain: () => false,
    findOwn: () => undefined,
    revisionOf: () => '09',
    receivedField: () => newField('Received', 'from client.example'),
  })
}

/** Milliseconds; the least of several runs, so that what else the machine does counts little. */
async function cpuOf(octets: Buffer): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5; run++) {
    const before = process.cpuUsage()
    await judge(octets)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

for (const [name, make] of messages) {
  const octets = make()
  const megabytes = octets.length / megabyte
  const cpu = await cpuOf(octets)
  const size = megabytes.toFixed(1).padStart(5)
  process.stdout.write(
    `${name.padEnd(48)} ${size} MB ${cpu.toFixed(0).padStart(7)} ms ${(cpu / megabytes).toFixed(0).padStart(7)} ms/MB\n`,
  )
}
