/**
 * The image that a domain wants to be shown beside its mail: BIMI (draft-brand-indicators-for-message-identification, sections 7.1 to 7.6). The
 * look-up and the checks of image and certificate are mailauth's, loaded when a domain wants them first; what it is given is bounded here, and
 * fetched here.
 */
import type { DmarcVerdict } from '../dmarc/evaluate.ts'
import { type HeaderField, lowerAscii, type Message } from '../message/message.ts'
import type { Brand } from './receiver-fields.ts'
import type { WebFetch } from './web-fetch.ts'

export type BrandFinding =
  | { readonly kind: 'brand'; readonly brand: Brand }
  /** No image is shown, and why. */
  | { readonly kind: 'none'; readonly reason: string }

/** Where a record says that the image is. */
export interface BrandRecord {
  readonly domain: string
  readonly selector: string
  readonly location: string
  readonly authority?: string
}

export type BrandAssertion =
  | { readonly kind: 'record'; readonly record: BrandRecord }
  | { readonly kind: 'none'; readonly reason: string }

export type TextLookUp = (name: string) => Promise<string[]>

/** The profile asks for 32 kilobytes (section 4.2.1 of the draft for SVG Tiny PS); larger ones make every copy larger. */
const maxImageOctets = 65_536
/** A chain of some certificates, one with the image in it. */
const maxCertificateOctets = 1_048_576
/** Of From and BIMI-Selector, which mailauth takes apart; a hundred authors fit. */
const maxParsedOctets = 8_192

/**
 * The record for a message.
 *
 * @param texts the TXT records at a name; rejects with the codes of node:dns
 */
export async function findAssertion(
  message: Message,
  dmarc: DmarcVerdict,
  texts: TextLookUp,
): Promise<BrandAssertion> {
  const shown = message.fields.filter(({ name }) => ['from', 'bimi-selector'].includes(lowerAscii(name)))
  if (shown.reduce((sum, { octets }) => sum + octets.length, 0) > maxParsedOctets)
    return none('its From and BIMI-Selector fields are larger than is looked at')
  const { bimi } = await import('mailauth/lib/bimi/index.js')
  const found = await bimi({
    dmarc: asMailauthHasIt(dmarc),
    headers: { parsed: shown.map(rowOf) },
    resolver: texts,
  })
  if (found === false || found.status.result !== 'pass' || found.location === undefined)
    return none(found === false ? 'DMARC was not looked up' : wordsOf(found.status))
  const { d: domain = '', selector = '' } = found.status.header ?? {}
  const { location, authority } = found
  return {
    kind: 'record',
    record: { domain, selector, location, ...(authority !== undefined && { authority }) },
  }
}

function wordsOf({ result, comment }: { readonly result: string; readonly comment?: string }): string {
  return comment === undefined ? `BIMI: ${result}` : `BIMI: ${result} (${comment})`
}

function rowOf({ name, octets }: HeaderField) {
  return { key: lowerAscii(name), casedKey: name, line: octets }
}

/** RFC 9989 is ours; a policy in testing (`t=y`) is none that is enforced. */
function asMailauthHasIt(dmarc: DmarcVerdict) {
  const {
    result,
    domain,
    policy = 'none',
    published,
    policyDomain = domain,
    record = '',
    aligned: by,
  } = dmarc
  return {
    status: { result, header: { from: domain, d: policyDomain } },
    domain: dmarc.organizationalDomain ?? policyDomain,
    policyDomain,
    policy,
    p: policy,
    sp: policy,
    info: '',
    testMode: policy !== published,
    rr: record,
    alignment: { dkim: aligned(by?.dkim), spf: aligned(by?.spf) },
  }
}

function aligned(result: string | undefined) {
  return { strict: false, ...(result !== undefined && { result }) }
}

/**
 * Fetches image and certificate and checks them. Never rejects.
 *
 * @param isAuthorityNeeded an image without a certificate for it is none
 */
export async function fetchBrand(
  record: BrandRecord,
  isAuthorityNeeded: boolean,
  fetch: WebFetch,
): Promise<BrandFinding> {
  const { domain, location, authority } = record
  if (authority === undefined && isAuthorityNeeded) return none('its record names no certificate (a=)')
  const image = await fetch(location, maxImageOctets)
  if (image.kind === 'failed') return none(`the image cannot be fetched: ${image.reason}`)
  const flaw = (await imageFlaw(image.octets)) ?? (await authorityFlaw(record, image.octets, fetch))
  if (flaw !== undefined) return none(flaw)
  const brand = { domain, location, image: image.octets, ...(authority !== undefined && { authority }) }
  return { kind: 'brand', brand }
}

async function imageFlaw(image: Buffer): Promise<string | undefined> {
  const { validateSvg } = await import('mailauth/lib/bimi/validate-svg.js')
  try {
    validateSvg(image)
    return undefined
  } catch (error) {
    return `the image is not of the profile SVG Tiny PS: ${error instanceof Error ? error.message : ''}`
  }
}

/** mailauth checks the certificate against its authorities, the domain and the image; nothing is fetched by it. */
async function authorityFlaw(
  { domain, selector, location, authority }: BrandRecord,
  image: Buffer,
  fetch: WebFetch,
): Promise<string | undefined> {
  if (authority === undefined) return undefined
  const certificate = await fetch(authority, maxCertificateOctets)
  if (certificate.kind === 'failed') return `the certificate cannot be fetched: ${certificate.reason}`
  const files = { location, authority, locationPath: image, authorityPath: certificate.octets, info: '' }
  const status = { result: 'pass', header: { selector, d: domain } } as const
  const { validateVMC } = await import('mailauth/lib/bimi/index.js')
  const result = await validateVMC({ ...files, status }).catch(() => false as const)
  const checked = result === false ? undefined : result.authority
  if (checked?.success !== true)
    return `the certificate does not hold: ${checked?.error?.message ?? 'it cannot be read'}`
  return checked.hashMatch === false ? 'the certificate is for another image' : undefined
}

function none(reason: string): { readonly kind: 'none'; readonly reason: string } {
  return { kind: 'none', reason }
}
