/** Looks at all records of a relay beside its keys. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RelayConfig } from '../../config/schema.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { leavingAddresses } from '../leaving-addresses.ts'
import { authorPolicyRecord } from './authorship.ts'
import { pointerRecord } from './leaving.ts'
import type { OwnFacts, OwnRecord } from './own-record.ts'
import { senderPolicyRecord, stsRecord, tlsaRecord, tlsReportRecord } from './policies.ts'
import { ownNamePolicy, reverseRecords } from './sending-addresses.ts'
import { addressRecord, exchangeRecord, serviceRecord } from './ways-in.ts'

/**
 * The records of the relay's name first, then those of each own domain. Nothing is written, and nothing is asked but DNS.
 *
 * @param now Unix milliseconds
 */
export async function findOwnRecords(
  config: RelayConfig,
  resolver: Resolver,
  now: number,
): Promise<OwnRecord[]> {
  const chains = await certificateChains(config)
  const facts: OwnFacts = {
    config,
    resolver,
    addresses: await resolver.addresses(config.hostname),
    chains,
    now,
  }
  const ports = new Set(
    config.listeners.filter(({ tls, port }) => tls !== 'none' && port !== 0).map(one => one.port),
  )
  const ofName = [
    addressRecord(facts),
    ...[...ports].map(port => tlsaRecord(port, facts)),
    ...ownNamePolicy(facts),
  ]
  const ofDomains = Object.keys(config.domains).flatMap(domain => [
    exchangeRecord(domain, facts),
    serviceRecord(domain, facts),
    senderPolicyRecord(domain, facts),
    authorPolicyRecord(domain, facts),
    stsRecord(domain, facts),
    tlsReportRecord(domain, facts),
  ])
  const leaving = leavingAddresses(config)
  const ofAddresses =
    leaving.length === 0 ? reverseRecords(facts) : leaving.map(one => pointerRecord(one, facts))
  return Promise.all([...ofName, ...ofAddresses, ...ofDomains])
}

/** The certificates that the listeners show; a self-signed one only if an earlier start has made it. */
async function certificateChains(config: RelayConfig): Promise<Map<number, X509Certificate[]>> {
  const chains = new Map<number, X509Certificate[]>()
  for (const { tls, port, certificate } of config.listeners) {
    if (tls === 'none') continue
    const file = certificate?.certificateFile ?? join(config.keysDirectory, 'tls-certificate.pem')
    const text = await readFile(file, 'utf8').catch(() => '')
    const pems = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
    if (pems.length > 0)
      chains.set(
        port,
        pems.map(pem => new X509Certificate(pem)),
      )
  }
  return chains
}
