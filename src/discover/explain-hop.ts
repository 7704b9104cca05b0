/** Why a next hop stands where it stands, and which TLS it must do, in words: for `discover`, the hop log and the log. */
import type { SmtpHop, TlsMode } from './next-hop.ts'

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
export function tlsDemand({ tls, certificateNames }: Pick<SmtpHop, 'tls' | 'certificateNames'>): string {
  if (tls === 'none') return modeTexts.none
  const mandatory = tls === 'implicit' || tls === 'starttls-required'
  const checked = mandatory && certificateNames !== undefined
  const names = checked ? `valid for ${certificateNames.join(' or ')}` : 'not checked'
  return `${modeTexts[tls]}; certificate ${names}`
}
