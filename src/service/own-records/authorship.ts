/** DMARC of the own domains (RFC 9989): what receivers do with what others write in their name. */
import { discoverDmarcPolicy } from '../../dmarc/discover-policy.ts'
import { dmarcLookUps } from '../../dmarc/look-ups.ts'
import { zoneFileLine } from '../../sign/zone-line.ts'
import { goodRecord, type OwnFacts, type OwnRecord, unknownRecord } from './own-record.ts'

/** The record that applies to a domain, wherever it stands. */
export async function authorPolicyRecord(domain: string, { resolver, config }: OwnFacts): Promise<OwnRecord> {
  const own = { kind: 'DMARC', name: `_dmarc.${domain}` }
  const address = config.postmaster ?? `postmaster@${domain}`
  const zoneLines = [zoneFileLine(own.name, `v=DMARC1; p=none; rua=mailto:${address}`)]
  const found = await discoverDmarcPolicy(domain, dmarcLookUps(resolver))
  if (found.kind === 'unknown') return unknownRecord(own, found.reason)
  if (found.kind === 'none') {
    const published = found.steps.flatMap(({ found: step }) =>
      step.kind === 'record' ? [step.record.text] : [],
    )
    const state = published.length > 0 ? 'different' : 'missing'
    const text = 'asks receivers to report who writes in the name of this domain, and later to refuse it'
    return { ...own, state, breaksMail: false, found: published, text, zoneLines }
  }
  const of = { ...own, name: `_dmarc.${found.policyDomain}` }
  const policy = `${found.tag}=${found.published}`
  const texts = [found.record.text]
  if (found.record.isTesting) return goodRecord(of, texts, `${policy}, in test: applied as ${found.policy}`)
  const isLax = found.published === 'none'
  return goodRecord(of, texts, isLax ? `${policy}: failures are reported only` : `${policy} for what fails`)
}
