/** What DMARC asks of DNS. */
import type { Answer, Resolver } from '../dns/resolver.ts'

/** Whether a name exists in DNS (RFC 9989 section 3.2.13): anything but NXDOMAIN shows that it does. */
export type Existence =
  | { readonly kind: 'exists' }
  | { readonly kind: 'nonexistent' }
  | { readonly kind: 'temporary'; readonly reason: string }

export type TextAnswer =
  | { readonly kind: 'records'; readonly records: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'temporary'; readonly reason: string }

export interface DmarcLookUps {
  /** TXT records, the strings of each joined; latin1. */
  txt(name: string): Promise<TextAnswer>
  existence(domain: string): Promise<Existence>
}

/** The look-ups by a resolver. */
export function dmarcLookUps(resolver: Pick<Resolver, 'txt' | 'mx'>): DmarcLookUps {
  return {
    txt: name => resolver.txt(name),
    existence: async domain => existenceBy(await resolver.mx(domain)),
  }
}

/** What any answer about a name tells of its existence. */
export function existenceBy(answer: Answer<unknown>): Existence {
  if (answer.kind === 'temporary') return { kind: 'temporary', reason: answer.reason }
  return { kind: answer.kind === 'absent' && answer.isNoName === true ? 'nonexistent' : 'exists' }
}
