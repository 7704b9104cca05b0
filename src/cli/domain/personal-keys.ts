/** Keys of a person in DNS: SMIMEA (RFC 8162) and OPENPGPKEY (RFC 7929). */
import { createHash, X509Certificate } from 'node:crypto'
import type { Answer, ShownType } from '../../dns/resolver.ts'
import { type DomainFacts, type DomainFinding, finding, isValidated, unknownFinding } from './finding.ts'
import { readOpenPgpKey } from './openpgp-key.ts'

const hashOctets = 28

/** The local part as it is written, in UTF-8: RFC 8162 section 3, RFC 7929 section 3. */
export function personalName(address: string, label: '_smimecert' | '_openpgpkey'): string {
  const at = address.lastIndexOf('@')
  const digest = createHash('sha256').update(address.slice(0, at).normalize('NFC'), 'utf8').digest()
  return `${digest.subarray(0, hashOctets).toString('hex')}.${label}.${address.slice(at + 1).toLowerCase()}`
}

export async function personalKeyFindings(facts: DomainFacts): Promise<DomainFinding[]> {
  const { address } = facts
  if (address === undefined) return []
  return Promise.all([
    personFinding(facts, address, 'SMIMEA', '_smimecert', smimeText),
    personFinding(facts, address, 'OPENPGPKEY', '_openpgpkey', octets => openPgpText(octets, address)),
  ])
}

interface Judged {
  readonly isGood: boolean
  readonly text: string
}

async function personFinding(
  { resolver }: DomainFacts,
  address: string,
  type: ShownType,
  label: '_smimecert' | '_openpgpkey',
  judge: (octets: Buffer) => Judged,
): Promise<DomainFinding> {
  const of = { kind: type, name: personalName(address, label) }
  const answer: Answer<Buffer> = await resolver.octets(of.name, type)
  if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
  if (answer.kind === 'absent') return finding({ ...of, grade: 'absent', text: `no key of ${address}` })
  const judged = answer.records.map(judge)
  const found = answer.records.map(octets => `${octets.length} octets`)
  const text = judged.map(one => one.text).join('; ')
  const said = { ...of, found, isAuthentic: isValidated(answer) }
  if (!judged.every(({ isGood }) => isGood)) return finding({ ...said, grade: 'bad', text })
  if (said.isAuthentic) return finding({ ...said, grade: 'good', text })
  return finding({
    ...said,
    grade: 'weak',
    text: `${text}; not validated with DNSSEC, without which it is worth nothing`,
  })
}

const usages = [
  'an authority',
  'a certificate with its authority',
  'an own authority',
  'the certificate',
] as const

/** The same contents as TLSA (RFC 8162 section 2). */
function smimeText(octets: Buffer): Judged {
  const [usage = 255, selector = 255, matching = 255] = octets
  const data = octets.subarray(3)
  const place = usages[usage]
  if (place === undefined || selector > 1 || matching > 2) {
    return { isGood: false, text: `${usage} ${selector} ${matching} means nothing` }
  }
  if (matching !== 0) {
    const isWhole = data.length === (matching === 1 ? 32 : 64)
    return { isGood: isWhole, text: isWhole ? `the hash of ${place}` : `a hash of ${data.length} octets` }
  }
  if (selector === 1) return { isGood: true, text: `the public key of ${place}` }
  try {
    const certificate = new X509Certificate(data)
    return {
      isGood: true,
      text: `${place} of ${certificate.subject.replaceAll('\n', ', ')}, until ${certificate.validTo}`,
    }
  } catch {
    return { isGood: false, text: 'what should be a certificate is none' }
  }
}

function openPgpText(octets: Buffer, address: string): Judged {
  const key = readOpenPgpKey(octets)
  if (key === undefined) return { isGood: false, text: 'what should be an OpenPGP key is none' }
  const isNamed = key.userIds.some(id => id.toLowerCase().includes(address.toLowerCase()))
  const text = `OpenPGP key ${key.fingerprint}`
  // RFC 7929 section 5: who takes a key from DNS looks for the address in it.
  return isNamed
    ? { isGood: true, text }
    : { isGood: false, text: `${text}, whose user ids do not name ${address}` }
}
