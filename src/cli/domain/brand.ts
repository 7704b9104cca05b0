/** BIMI of a domain: its record, the profile of its image, and the certificate for it. */
import { validateVMC } from 'mailauth/lib/bimi/index.js'
import { validateSvg } from 'mailauth/lib/bimi/validate-svg.js'
import type { Fetched } from '../../brand/web-fetch.ts'
import { parseTagList } from '../../message/tag-list.ts'
import type { Grade } from './finding.ts'
import {
  type DomainFacts,
  type DomainFinding,
  finding,
  isValidated,
  textsOf,
  unknownFinding,
  worstGrade,
} from './finding.ts'

/** The profile asks for 32 kilobytes; larger ones exist. */
const maxImageOctets = 262_144
/** A chain of some certificates, one with the image in it. */
const maxCertificateOctets = 1_048_576

interface Judged {
  readonly grade: Grade
  readonly text: string
}

/** @param isEnforced DMARC of the domain is quarantine or reject: nobody shows an image without */
export async function brandFinding(facts: DomainFacts, isEnforced: boolean): Promise<DomainFinding> {
  const { domain, resolver } = facts
  const of = { kind: 'BIMI', name: `default._bimi.${domain}` }
  const answer = await resolver.txt(of.name)
  if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
  const found = textsOf(answer).filter(text => /^v\s*=\s*BIMI1\s*(?:;|$)/i.test(text))
  const said = { ...of, found, isAuthentic: isValidated(answer) }
  const [record] = found
  if (record === undefined)
    return finding({ ...said, grade: 'absent', text: 'no image is shown beside its mail' })
  if (found.length > 1)
    return finding({ ...said, grade: 'weak', text: `${found.length} records, of which one may be` })
  const list = parseTagList(record)
  if (list.kind === 'malformed')
    return finding({ ...said, grade: 'weak', text: `nobody reads it: ${list.reason}` })
  const location = list.get('l') ?? ''
  const authority = list.get('a') ?? ''
  if (location === '' && authority === '') {
    return finding({ ...said, grade: 'good', text: 'the domain declines to have an image' })
  }
  const judged = await judgeFiles({ location, authority }, facts)
  const enforced: Judged[] = isEnforced
    ? []
    : [{ grade: 'weak', text: 'DMARC must be quarantine or reject: nobody shows it as it is' }]
  const all = [...enforced, ...judged]
  return finding({
    ...said,
    grade: worstGrade(all.map(({ grade }) => grade)),
    text: all.map(({ text }) => text).join('; '),
  })
}

async function judgeFiles(
  { location, authority }: { readonly location: string; readonly authority: string },
  { fetch, domain }: DomainFacts,
): Promise<Judged[]> {
  if (fetch === undefined) return [{ grade: 'unknown', text: 'image and certificate were not fetched' }]
  const image = await fetch(location, maxImageOctets)
  const ofImage = judgeImage(image)
  if (authority === '') {
    return [
      ofImage,
      { grade: 'weak', text: 'no certificate (a=): large mailbox providers show no image without' },
    ]
  }
  const certificate = await fetch(authority, maxCertificateOctets)
  if (certificate.kind === 'failed') {
    return [ofImage, { grade: 'weak', text: `the certificate cannot be fetched: ${certificate.reason}` }]
  }
  if (image.kind === 'failed') return [ofImage]
  return [ofImage, await judgeCertificate({ location, authority, domain }, image.octets, certificate.octets)]
}

function judgeImage(image: Fetched): Judged {
  if (image.kind === 'failed') return { grade: 'weak', text: `the image cannot be fetched: ${image.reason}` }
  const type =
    image.mediaType === 'image/svg+xml' ? '' : `, as ${image.mediaType || 'no type'} and not image/svg+xml`
  try {
    validateSvg(image.octets)
    return { grade: type === '' ? 'good' : 'weak', text: `the image is SVG Tiny PS${type}` }
  } catch (error) {
    return { grade: 'weak', text: `the image is not of the profile SVG Tiny PS: ${(error as Error).message}` }
  }
}

/** mailauth checks the certificate against its authorities, the domain and the image; nothing is fetched by it. */
async function judgeCertificate(
  {
    location,
    authority,
    domain,
  }: { readonly location: string; readonly authority: string; readonly domain: string },
  image: Buffer,
  certificate: Buffer,
): Promise<Judged> {
  const files = { location, authority, locationPath: image, authorityPath: certificate, info: '' }
  const status = { result: 'pass', header: { selector: 'default', d: domain } } as const
  const result = await validateVMC({ ...files, status }).catch((error: Error) => ({ failed: error.message }))
  if (result === false || 'failed' in result) return { grade: 'weak', text: 'the certificate cannot be read' }
  const checked = result.authority
  if (checked?.success !== true) {
    return {
      grade: 'weak',
      text: `the certificate does not hold: ${checked?.error?.message ?? 'no reason is known'}`,
    }
  }
  if (checked.hashMatch === false) return { grade: 'weak', text: 'the certificate is for another image' }
  return { grade: 'good', text: `the certificate holds (${checked.vmc?.type ?? 'VMC'})` }
}
