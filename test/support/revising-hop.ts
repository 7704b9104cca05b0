/**
 * A hop that changes what it forwards: it takes messages for one address, revises and signs them, and passes them on. A bounce that
 * comes back is undone and sent to the hop before. It is no relay of this project, only its library on plain sockets.
 */
import { generateKeyPairSync } from 'node:crypto'
import { composeDsn } from '../../src/bounce/compose.ts'
import { readReport } from '../../src/bounce/read-report.ts'
import type { Report } from '../../src/bounce/report.ts'
import type { ProfileId } from '../../src/dkim2/index.ts'
import { defaultBounds, keyRecordText, prepareHop, signHop } from '../../src/dkim2/index.ts'
import { readChain } from '../../src/dkim2/read-chain.ts'
import { beforeHighestHop } from '../../src/dkim2/returned.ts'
import type { Message } from '../../src/message/message.ts'
import { messageChunks, prependFields, readMessage } from '../../src/message/message.ts'
import type { Revision } from '../../src/revise/revision.ts'
import { keySigner } from '../../src/sign/signer.ts'
import { send } from './send.ts'
import type { SinkMessage } from './sink.ts'
import { Sink } from './sink.ts'
import type { Stage } from './stage.ts'
import { afterTest } from './stage.ts'
import { publishKeys } from './test-relay.ts'

export interface RevisingHopSettings {
  readonly domain: string
  /** Where its copies go. */
  readonly next: string
  readonly profile: ProfileId
  /** Ports of the hops after and before it; asked when they are needed. */
  nextPort(): number
  previousPort(): number
  revise(message: Message): Revision
}

export interface RevisingHop {
  readonly port: number
  /** What it has sent on, and the bounces that came back to it, in order. */
  readonly sent: readonly Buffer[]
  readonly bounces: readonly SinkMessage[]
  /** Never resolves; rejects with what went wrong, so that a test that waits for mail hears of it. */
  readonly failed: Promise<never>
}

export async function startRevisingHop(on: Stage, settings: RevisingHopSettings): Promise<RevisingHop> {
  const { domain, next } = settings
  const sink = await Sink.start({ extensions: ['8BITMIME', 'SMTPUTF8'] })
  afterTest(() => sink.close())
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  publishKeys(on.zone, { [domain]: { 'test._domainkey': [['txt', keyRecordText(publicKey)]] } })
  const signer = keySigner('test', 'ed25519-sha256', privateKey)
  const bounceAddress = `b+copy@${domain}`
  const sent: Buffer[] = []
  const bounces: SinkMessage[] = []

  async function signed(message: Message, envelope: { from: string; to: string }, revision?: Revision) {
    const { profile } = settings
    const recipe = revision && { recipe: revision.recipe, addedFields: revision.addedFields }
    const hop = await signHop(await prepareHop(message, { profile, alwaysVersion: true, ...recipe }), {
      domain,
      reversePath: envelope.from,
      forwardPaths: [envelope.to],
      timestampSeconds: Math.floor(Date.now() / 1000),
      signers: [signer],
    })
    return Buffer.concat(messageChunks(prependFields(message, hop.fields)))
  }

  async function forward(received: SinkMessage): Promise<void> {
    const revision = settings.revise(readMessage(received.octets))
    const octets = await signed(revision.message, { from: bounceAddress, to: next }, revision)
    sent.push(octets)
    await sendOrThrow(settings.nextPort(), bounceAddress, next, octets)
  }

  async function goBack(received: SinkMessage): Promise<void> {
    bounces.push(received)
    const report = await readReport(readMessage(received.octets))
    const before = report.kind === 'report' && report.returned && beforeHighestHop(report.returned)
    if (report.kind !== 'report' || !before)
      throw new Error(`${domain}: this is no report that can be undone`)
    const returned: Message = {
      fields: before.fields,
      separator: Buffer.from('\r\n'),
      body: before.body ?? Buffer.alloc(0),
    }
    const to = reversePathOf(returned)
    const octets = await composed(report, returned, to, before.body === undefined)
    await sendOrThrow(settings.previousPort(), '', to, await signed(readMessage(octets), { from: '', to }))
  }

  function composed({ recipients }: Report, returned: Message, to: string, headerOnly: boolean) {
    const status = recipients[0]?.status ?? '5.0.0'
    return composeDsn({
      reportingMta: `mx.${domain}`,
      from: `postmaster@${domain}`,
      to,
      arrivedAtMilliseconds: Date.now(),
      composedAtMilliseconds: Date.now(),
      messageId: `report-${bounces.length}@${domain}`,
      boundary: domain,
      queueId: 'R1',
      recipients: [{ finalRecipient: `box@${domain}`, action: 'failed', status, explanation: 'it failed' }],
      returned,
      headerOnly,
      returnBodyMaxBytes: 1_000_000,
    })
  }

  let taken = 0
  const failed = (async () => {
    for (;;) {
      const messages = await sink.received(taken + 1)
      const message = messages[taken++]
      if (message === undefined) throw new Error('the sink promised a message')
      await (message.forwardPaths[0] === bounceAddress ? goBack(message) : forward(message))
    }
  })()
  failed.catch(() => undefined)
  return { port: sink.port, sent, bounces, failed }
}

/** MAIL FROM of the signature that is the highest. */
function reversePathOf(message: Message): string {
  const reading = readChain(message, defaultBounds)
  const highest = reading.kind === 'chain' ? reading.chain.hops.at(-1) : undefined
  if (highest === undefined) throw new Error('no signature is left')
  return highest.reversePath
}

async function sendOrThrow(port: number, from: string, to: string, octets: Buffer): Promise<void> {
  const { mail, rcpt, data } = await send(port, { from, to: [to], octets })
  if (!data.startsWith('250')) throw new Error(`not taken: ${[mail, ...rcpt, data].join(' / ')}`)
}
