import type { DeliverDependencies } from '../../../src/deliver/deliver.ts'
import { HostMemory } from '../../../src/deliver/host-memory.ts'
import { hasBareLineEnd } from '../../../src/deliver/message-data.ts'
import type { OutgoingMail } from '../../../src/deliver/outcome.ts'
import type { DeliverEvent, DeliverSettings } from '../../../src/deliver/settings.ts'
import { SmtpPool } from '../../../src/deliver/smtp-pool.ts'
import type { SmtpHop } from '../../../src/discover/next-hop.ts'
import { testCertificate } from '../../support/certificates.ts'

const long = 20_000

export const settings: DeliverSettings = {
  ehloName: 'relay.example',
  connectMilliseconds: long,
  nextAddressMilliseconds: 20,
  greetingMilliseconds: long,
  handshakeMilliseconds: long,
  commandMilliseconds: long,
  stallMilliseconds: long,
  transferMilliseconds: long,
  finalReplyMilliseconds: long,
  quitMilliseconds: long,
  maxReplyOctets: 65_536,
  maxReplyCharacters: 1_000,
  maxIdleMilliseconds: long,
  maxMessagesPerConnection: 100,
  maxConnectionsPerHop: 10,
  maxLaneWaitMilliseconds: 10_000,
  maxIdleConnections: 20,
  maxSessions: 2,
  clock: () => Date.now(),
  certificateAuthorities: [testCertificate().cert],
}

/** For what goes on by SMTP alone. */
export const noGateways: DeliverDependencies['gateways'] = {
  send: async () => {
    throw new Error('no gateway is expected')
  },
}

/** A pool that writes down what it logs, and what deliver() needs beside it. */
export function delivery(
  changes: Partial<DeliverSettings> = {},
): DeliverDependencies & { readonly pool: SmtpPool; readonly events: DeliverEvent[] } {
  const events: DeliverEvent[] = []
  const pool = new SmtpPool({ ...settings, ...changes }, event => events.push(event))
  return {
    pool,
    gateways: noGateways,
    events,
    memory: new HostMemory({ restMilliseconds: 60_000, maxAddresses: 100 }),
    maxSessions: changes.maxSessions ?? settings.maxSessions,
    clock: () => 1_700_000_000_000,
  }
}

/** A hop to a port of 127.0.0.1. */
export function hopTo(port: number, changes: Partial<SmtpHop> = {}): SmtpHop {
  return {
    kind: 'smtp',
    host: 'sink.example',
    address: '127.0.0.1',
    family: 4,
    port,
    tls: 'starttls-if-offered',
    source: 'mx',
    ...changes,
  }
}

export const text = 'From: a@origin.example\r\nSubject: test\r\n\r\nHello.\r\n'

export function mailOf(
  message: string | Buffer | readonly Buffer[],
  changes: Partial<OutgoingMail> = {},
): OutgoingMail & { readonly chunks: readonly Buffer[] } {
  const chunks = Array.isArray(message) ? (message as Buffer[]) : [Buffer.from(message as string)]
  return {
    reversePath: 'b+1@relay.example',
    forwardPath: 'someone@destination.example',
    chunks,
    content: {
      hasBareLineEnd: hasBareLineEnd(chunks),
      hold: async () => ({ chunks, release: () => undefined }),
    },
    sizeBytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    smtpUtf8: false,
    eightBit: false,
    queueId: '01HQ',
    ordinal: 0,
    ...changes,
  }
}
