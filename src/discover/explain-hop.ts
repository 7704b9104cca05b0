/** Why a next hop stands where it stands, and which TLS it must do, in words: for `discover`, the hop log and the log. */
import type { TlsaRecord } from '../dns/resolver.ts'
import type { BatchHop } from './gateway.ts'
import type { SmtpHop, TlsMode, TlsPolicy } from './next-hop.ts'

/** Why this next hop is among the candidates, and at this place. */
export function whyHere({ source, preference, place }: SmtpHop): string {
  switch (source) {
    case 'route':
      return 'configured route'
    case 'srv':
      return `SRV priority ${preference}${drawText(place)}`
    case 'mx':
      return `MX preference ${preference}${shuffleText(place)}`
    case 'address':
      return 'address of the domain itself, which has no MX'
  }
}

function drawText(place: SmtpHop['place']): string {
  if (place?.weight === undefined || place.of === 1) return ''
  return `, weight ${place.weight} of ${place.ofWeight} left, drawn as ${place.position} of ${place.of}`
}

function shuffleText(place: SmtpHop['place']): string {
  if (place === undefined || place.of === 1) return ''
  return `, shuffled to place ${place.position} of ${place.of}`
}

const modeTexts: Readonly<Record<TlsMode, string>> = {
  implicit: 'TLS from the first octet',
  'starttls-required': 'STARTTLS, never without',
  'starttls-if-offered': 'STARTTLS if it is offered and works, otherwise plaintext',
  none: 'no TLS',
}

/** Which TLS delivery demands of this next hop, and of its certificate. */
export function tlsDemand(hop: Pick<SmtpHop, 'tls' | 'certificateNames' | 'policy'>): string {
  return hop.tls === 'none' ? modeTexts.none : `${modeTexts[hop.tls]}; certificate ${certificateDemand(hop)}`
}

function certificateDemand({
  tls,
  certificateNames,
  policy,
}: Pick<SmtpHop, 'tls' | 'certificateNames' | 'policy'>): string {
  if (policy?.kind === 'dane' && policy.records.length > 0) return `as ${recordsText(policy)} say (DANE)`
  const mandatory = tls === 'implicit' || tls === 'starttls-required'
  const checked = mandatory && certificateNames !== undefined
  return checked ? `valid for ${certificateNames.join(' or ')}` : 'not checked'
}

/** Why a gateway is the next hop. */
export function whyGateway({ source }: Pick<BatchHop, 'source'>): string {
  return source === 'route' ? 'configured route to a gateway' : 'gateway of a URI record at _bsmtp_https'
}

/** Which TLS a gateway must do. */
export function gatewayTls({ url }: Pick<BatchHop, 'url'>): string {
  return `${modeTexts.implicit}; certificate ${certificateDemand({ tls: 'implicit', certificateNames: [new URL(url).hostname] })}`
}

/** Which policy a next hop is under, and why none. */
export function policyText(policy: TlsPolicy): string {
  switch (policy.kind) {
    case 'none':
      return policy.reason
    case 'mta-sts':
      return `MTA-STS of ${policy.domain}, ${policy.mode}, id ${policy.id}`
    case 'dane':
      return policy.records.length > 0
        ? `DANE by ${recordsText(policy)}`
        : `DANE: TLS without authentication, since no TLSA record at ${policy.name} can be used`
  }
}

function recordsText({ name, records }: Extract<TlsPolicy, { kind: 'dane' }>): string {
  return `the TLSA records at ${name} (${records.map(numbersOf).join(', ')})`
}

/** The three numbers of a TLSA record, as people name its kind. */
export function numbersOf({ usage, selector, matchingType }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType}`
}
