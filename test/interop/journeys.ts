/** The journeys of sound messages: who sends them on, to whom, and what each hop changes. The same in every run. */

import { all, type Change, changes as c } from './changes.ts'
import { messages as m } from './messages.ts'

/** Keys by their selectors, with what joins them: `ed`, `rsa,ed`, `ed|ml`. */
export type KeyPlan = string

export interface HopPlan {
  readonly domain: string
  /** With angle brackets. */
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  readonly keys?: KeyPlan
  readonly change?: Change
  readonly hashes?: readonly ('sha256' | 'sha512')[]
  readonly flags?: readonly string[]
  readonly nonce?: string
  /** This copy is one of several. */
  readonly exploded?: boolean
  /** An imaginary hop: the message goes to this domain without SMTP. The paths are then `<>` and none. */
  readonly nextDomain?: string
}

export interface Journey {
  readonly name: string
  readonly message: Buffer
  readonly hops: readonly HopPlan[]
}

export const domains = ['origin.example', 'list.example', 'alias.example', 'destination.example'] as const

type Extra = Omit<HopPlan, 'domain' | 'reversePath' | 'forwardPaths'> & Partial<HopPlan>

const origin = (extra: Extra = {}): HopPlan => ({
  domain: 'origin.example',
  reversePath: '<ada@origin.example>',
  forwardPaths: ['<readers@list.example>'],
  ...extra,
})
const list = (extra: Extra = {}): HopPlan => ({
  domain: 'list.example',
  reversePath: '<readers-bounces@list.example>',
  forwardPaths: ['<reader@alias.example>'],
  ...extra,
})
const alias = (extra: Extra = {}): HopPlan => ({
  domain: 'alias.example',
  reversePath: '<b+1@alias.example>',
  forwardPaths: ['<reader@destination.example>'],
  ...extra,
})
const destination = (extra: Extra = {}): HopPlan => ({
  domain: 'destination.example',
  reversePath: '<forward@destination.example>',
  forwardPaths: ['<box@mailbox.example>'],
  ...extra,
})

/** Every kind of message, one hop. */
const kinds: readonly Journey[] = Object.entries(m).map(([kind, message], n) => ({
  name: `one hop: ${kind}`,
  message,
  hops: [origin({ keys: n % 2 === 0 ? 'ed' : 'rsa', ...(kind === 'report' ? { reversePath: '<>' } : {}) })],
}))

/** Every kind of message through a list that tags the subject, adds fields and a footer. */
const listed: readonly Journey[] = Object.entries(m).map(([kind, message], n) => ({
  name: `list with footer: ${kind}`,
  message,
  hops: [
    origin({ keys: n % 2 === 0 ? 'rsa' : 'ed' }),
    list({ keys: n % 2 === 0 ? 'ed' : 'rsa', change: all(c.trace, c.subjectTag, c.listFields, c.footer) }),
  ],
}))

const revision = (name: string, message: Buffer, change: Change): Journey => ({
  name: `revision: ${name}`,
  message,
  hops: [origin(), list({ change })],
})

const revisions: readonly Journey[] = [
  revision('only unsigned fields added', m.plain, c.trace),
  revision('subject with octets above 127', m.plain, c.header8Bit),
  revision('header field of Latin-1 text replaced', m.latin1, all(c.repeatedAbove, c.sevenBit)),
  revision('body replaced', m.multipart, c.newBody),
  revision('body emptied', m.plain, c.emptied),
  revision('body that was empty gets text', m.emptyBody, c.newBody),
  revision('line on top of the body', m.utf8, c.firstLine),
  revision('line removed from the middle', m.plain, c.middleLineRemoved),
  revision('every third line of 400 changed', m.manyLines, c.everyThirdLine),
  revision('two lines swapped', m.latin1, c.linesSwapped),
  revision('blank lines at the end cut', m.blankLinesAtEnd, c.blankLinesCut),
  revision('8-bit lines made 7-bit', m.latin1, c.sevenBit),
  revision('a field removed', m.plain, c.fieldRemoved),
  revision('one of four fields of a name removed', m.repeatedFields, c.oneOfRepeatedRemoved),
  revision('fields of a name added above and below', m.repeatedFields, all(c.repeatedAbove, c.repeatedBelow)),
  revision('From rewritten to the domain of the list', m.plain, c.fromRewritten),
  revision('MIME part added', m.multipart, c.mimeFooter),
]

const chains: readonly Journey[] = [
  {
    name: 'three hops, nothing changed',
    message: m.multipart,
    hops: [origin({ keys: 'rsa' }), list(), alias({ keys: 'rsa' })],
  },
  {
    name: 'four hops, two of them change the message',
    message: m.utf8,
    hops: [
      origin(),
      list({ change: all(c.subjectTag, c.footer), keys: 'rsa' }),
      alias({ change: c.trace }),
      destination({ change: all(c.repeatedAbove, c.firstLine), keys: 'rsa' }),
    ],
  },
  {
    name: 'four hops, each changes the message',
    message: m.latin1,
    hops: [
      origin({ keys: 'rsa' }),
      list({ change: all(c.listFields, c.footer) }),
      alias({ change: c.linesSwapped }),
      destination({ change: c.sevenBit, keys: 'rsa' }),
    ],
  },
  {
    name: 'a change that a later hop takes back',
    message: m.plain,
    hops: [
      origin(),
      list({ change: c.footer }),
      alias({ change: c.footerRemoved }),
      destination({ change: c.newBody }),
    ],
  },
  {
    name: 'bounce through two forwarders, null reverse-path',
    message: m.report,
    hops: [
      origin({ reversePath: '<>', forwardPaths: ['<b+7@list.example>'] }),
      list({ reversePath: '<>', forwardPaths: ['<ada@alias.example>'] }),
      alias({ reversePath: '<>', keys: 'rsa' }),
    ],
  },
  {
    name: 'reverse-path in a subdomain of the signing domain',
    message: m.plain,
    hops: [
      origin({ reversePath: '<ada@mail.origin.example>' }),
      list({ reversePath: '<b@bounces.list.example>', change: c.footer }),
    ],
  },
  {
    name: 'several recipients of the originator',
    message: m.plain,
    hops: [
      origin({ forwardPaths: ['<first@other.example>', '<readers@list.example>', '<third@list.example>'] }),
      list({ change: c.subjectTag }),
    ],
  },
  {
    name: 'list sends to several recipients at once',
    message: m.plain,
    hops: [
      origin(),
      list({
        change: c.listFields,
        forwardPaths: ['<reader@alias.example>', '<second@alias.example>', '<third@far.example>'],
        exploded: true,
      }),
      alias(),
    ],
  },
  {
    name: 'list sends one copy of several',
    message: m.plain,
    hops: [origin(), list({ exploded: true, keys: 'rsa' }), alias()],
  },
  {
    name: 'two signatures that must both hold',
    message: m.plain,
    hops: [origin({ keys: 'ed,rsa' }), list({ keys: 'rsa,ed', change: c.footer })],
  },
  {
    name: 'two signatures of which one is enough',
    message: m.plain,
    hops: [origin({ keys: 'ed|rsa' }), list({ keys: 'rsa|ed', change: c.footer })],
  },
  {
    name: 'ML-DSA-44',
    message: m.multipart,
    hops: [origin({ keys: 'ml' }), list({ keys: 'ml|ed,rsa', change: c.mimeFooter })],
  },
  {
    name: 'hashes of both algorithms',
    message: m.utf8,
    hops: [
      origin({ hashes: ['sha256', 'sha512'] }),
      list({ hashes: ['sha512'], change: c.header8Bit }),
      alias({ change: c.footer, hashes: ['sha512', 'sha256'] }),
    ],
  },
  {
    name: 'flags and nonce',
    message: m.plain,
    hops: [
      origin({ flags: ['feedback'], nonce: 'a1B2+/=' }),
      list({ flags: ['feedhere'], nonce: 'x'.repeat(64), change: c.subjectTag }),
    ],
  },
  {
    name: 'imaginary hop of the originator',
    message: m.plain,
    hops: [
      origin({ reversePath: '<>', forwardPaths: [], nextDomain: 'list.example' }),
      list({ change: c.footer, keys: 'rsa' }),
      alias(),
    ],
  },
  {
    name: 'imaginary hop between two real ones',
    message: m.multipart,
    hops: [
      origin({ keys: 'rsa' }),
      list({ reversePath: '<>', forwardPaths: [], nextDomain: 'alias.example', change: c.subjectTag }),
      alias({ change: c.mimeFooter }),
      destination(),
    ],
  },
  {
    name: 'quoted local parts, a local part and a domain in UTF-8',
    message: m.plain,
    hops: [
      origin({
        reversePath: '<"a b"@origin.example>',
        forwardPaths: ['<läser@list.example>', '<b@münchen.example>'],
      }),
      list({ reversePath: '<"x;y,z"@list.example>' }),
    ],
  },
]

export const journeys: readonly Journey[] = [...kinds, ...listed, ...revisions, ...chains]
