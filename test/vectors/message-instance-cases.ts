/** The cases of test/vectors/message-instance, each made by playing it. Where nothing else is said: under revision 09. */

import type { Case, ZoneFile } from '../../src/dkim2/cases.ts'
import type { Message } from '../../src/message/message.ts'
import {
  alias,
  list,
  message,
  octets,
  origin,
  type Passage,
  pass,
  passForged,
  passRevised,
  plain,
  received,
  replaceField,
  startSeconds,
  tamper,
  threeHops,
  twoHops,
  withField,
} from '../support/dkim2-parties.ts'
import { ends, type Played, passes, playScenes, type Scenes } from './play.ts'

const way = { profile: 'message-instance', revision: '09' } as const
const oldWay = { profile: 'message-instance', revision: '06' } as const
const first: Passage = { ...origin, ...way }
const atList: Passage = { ...list, ...way }
const atAlias: Passage = { ...alias, ...way }

const eightBit = `From: Sender <a@origin.example>
To: team@list.example
Subject: Grüße
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Schöne Grüße aus Köln
 
`
const notUtf8 = eightBit.replace('utf-8', 'iso-8859-1')
const dsn: Passage = { ...first, from: '' }
const utf8Origin: Passage = {
  ...first,
  from: 'bücher@origin.example',
  to: ['jürgen@list.example', 'a;b@list.example'],
}
const footer = (of: Message) => ({ ...of, body: Buffer.from('replaced\r\n') })
const rewritten = (of: Message) => replaceField(of, 'From', 'Sender via the list <team@list.example>')

function one(passage: Partial<Passage> = {}, text = plain): Promise<Message> {
  return pass(message(text), { ...first, ...passage })
}

function three(wanted: Pick<Passage, 'profile' | 'revision'> = way): Promise<Message> {
  return threeHops(plain, wanted)
}

/** A list hop whose recipe is this JSON. */
async function recipeOf(json: string, wanted: Pick<Passage, 'profile' | 'revision'> = way): Promise<Message> {
  const before = await pass(message(plain), { ...origin, ...wanted })
  const recipe = { headers: [], body: [{ kind: 'copy' as const, from: 1, to: 5 }] }
  const after = { ...before, body: Buffer.concat([before.body, Buffer.from('more\r\n')]) }
  const r = Buffer.from(json).toString('base64')
  return passForged(after, { ...list, ...wanted, recipe }, text => text.replace(/r=[^;]*/, `r=${r}`))
}

/** A hop from the list to the alias without SMTP between them. */
async function imaginary(nextDomain: string): Promise<Message> {
  return pass(await one(), { ...atList, from: '', to: [], nextDomain })
}

const made: Scenes = {
  'one-hop-ed25519': () => passes(one(), first, 'one hop, Ed25519'),
  'one-hop-rsa': () => passes(one({ selectors: ['rsa'] }), first, 'one hop, RSA'),
  'two-signatures': () => passes(one({ selectors: ['ed', 'rsa'] }), first, 's of two that must both hold'),
  'two-alternatives': () =>
    passes(one({ selectors: ['ed', 'rsa'], alternatives: true }), first, 's of two alternatives'),
  'one-alternative-wrong': async () =>
    ends(
      spoilSignature(await one({ selectors: ['ed', 'rsa'], alternatives: true }), 'ed'),
      first,
      'pass',
      'one of two alternatives holds',
    ),
  'both-alternatives-wrong': async () =>
    ends(
      spoilSignature(
        spoilSignature(await one({ selectors: ['ed', 'rsa'], alternatives: true }), 'ed'),
        'rsa',
      ),
      first,
      'fail',
      'none of two alternatives holds',
    ),
  'one-of-two-wrong': async () =>
    ends(spoilSignature(await one({ selectors: ['ed', 'rsa'] }), 'rsa'), first, 'fail', 'both must hold'),
  sha512: () => passes(one({ hashes: ['sha512'] }), first, 'h of sha512 only'),
  'sha256-and-sha512': () => passes(one({ hashes: ['sha256', 'sha512'] }), first, 'h of both'),
  'empty-body': () => passes(one({}, 'From: a@origin.example\n\n'), first, 'the empty body'),
  'header-only': () => passes(one({}, 'From: a@origin.example\n'), first, 'no empty line either'),
  'blank-lines-at-end': () => passes(one({}, `${plain}\n\n\n`), first, 'empty lines at the end do not count'),
  'null-reverse-path': () => passes(one({ from: '' }), dsn, 'mf of <>'),
  'paths-of-all-kinds': () => passes(pass(message(plain), utf8Origin), utf8Origin, 'UTF-8, and a semicolon'),
  'flags-and-nonce': () =>
    passes(one({ flags: ['feedback', 'feedhere'], nonce: 'abc123' }), first, 'f and n'),
  'eight-bit-list': () => passes(listAfter(eightBit, 'utf8'), atList, 'a value of UTF-8 is given with d'),
  'not-utf8-list': () =>
    passes(listAfter(notUtf8, 'latin1'), atList, 'a value that is not UTF-8 is given with u'),
  'list-two-hops': () => passes(twoHops(plain, way), atList, 'subject tag, added fields and a footer'),
  'alias-three-hops': () => passes(three(), atAlias, 'the third hop changed nothing and adds no version'),
  'first-hop-recipe': () =>
    passes(
      passRevised(message(plain), m => replaceField(m, 'Subject', 'cleaned up'), first),
      first,
      'm=1 carries recipes back to what the first hop received',
    ),
  'body-was-empty': async () =>
    passes(passRevised(await one({}, 'From: a@origin.example\n\n'), footer, atList), atList, 'b of no steps'),
  'dsn-forwarded': async () =>
    passes(
      pass(await pass(message(plain), dsn), { ...atList, from: '' }),
      { ...atList, from: '' },
      'mf null twice',
    ),
  'bounce-subdomain': async () => {
    const passage = { ...atList, from: 'b@bounces.list.example' }
    return passes(pass(await one(), passage), passage, 'relaxed match of mf with rt and d')
  },
  'imaginary-hop': async () =>
    passes(pass(await imaginary('alias.example'), atAlias), atAlias, 'nd of the next d'),
  'from-rewritten': async () =>
    passes(passRevised(await one(), rewritten, atList), atList, 'the list answers for its From'),
  exploded: async () =>
    passes(pass(await one(), { ...atList, flags: ['exploded'] }), atList, 'exploded on i=2'),
}

const broken: Scenes = {
  'body-changed': async () =>
    ends(tamper(await three(), 'Bye', 'bye'), atAlias, 'fail', 'an octet of the body changed'),
  'field-added': async () =>
    ends(withField(await three(), 'Reply-To', '<x@evil.example>'), atAlias, 'fail', 'a signed field added'),
  'auto-submitted-added': async () =>
    ends(withField(await three(), 'Auto-Submitted', 'no'), atAlias, 'fail', 'signed since 08'),
  'unsigned-field-added': async () =>
    ends(withField(await three(), 'X-Spam', 'no'), atAlias, 'pass', 'an unsigned field added'),
  'from-not-authentic': async () =>
    ends(
      pass(message(plain.replace('a@origin', 'a@elsewhere')), { ...origin, ...oldWay }),
      first,
      'fail',
      'From is of another domain than d',
    ),
  'from-rewritten-by-nobody': async () =>
    ends(
      passRevised(
        await pass(message(plain.replace('a@origin', 'a@elsewhere')), { ...origin, ...oldWay }),
        rewritten,
        { ...list, ...oldWay },
      ),
      atList,
      'fail',
      'a later From does not cure the first one',
    ),
  'mail-from-differs': async () =>
    ends(three(), { ...atAlias, from: 'other@alias.example' }, 'fail', 'MAIL FROM is not mf'),
  'recipient-differs': async () =>
    ends(three(), { ...atAlias, to: ['other@destination.example'] }, 'fail', 'RCPT TO is not in rt'),
  'too-old': async () => at(await three(), 'fail', startSeconds + 14 * 86_400 + 1, 'a second over 14 days'),
  'just-in-time': async () => at(await three(), 'pass', startSeconds + 14 * 86_400, '14 days to the second'),
  'from-the-future': async () => at(await three(), 'fail', startSeconds - 86_401, 'more than a day ahead'),
  'key-absent': async () => ends(otherSelector(await one(), 'no'), first, 'permerror', 'no such selector'),
  'key-revoked': async () => ends(otherSelector(await one(), 'revoked'), first, 'permerror', 'p= is empty'),
  'key-twice': async () => ends(otherSelector(await one(), 'twice'), first, 'permerror', 'two records'),
  'key-of-other-kind': async () => ends(otherSelector(await one(), 'rsa'), first, 'permerror', 'not the k'),
  'algorithm-unknown': async () =>
    ends(tamper(await one(), 'ed25519-sha256', 'ed448-shake256'), first, 'permerror', 'an unknown algorithm'),
  'imaginary-hop-last': async () =>
    ends(imaginary('alias.example'), { ...atList, from: '', to: [] }, 'fail', 'nd on the last hop'),
  'imaginary-hop-elsewhere': async () =>
    ends(
      tamper(await pass(await imaginary('alias.example'), atAlias), 'nd=alias', 'nd=other'),
      atAlias,
      'fail',
      'nd is not the next d',
    ),
  'gap-in-i': async () => ends(without(await three(), / i=2;/), atAlias, 'permerror', 'i=2 is not there'),
  'gap-in-m': async () => ends(without(await three(), /e: m=1;/), atAlias, 'permerror', 'm=1 is not there'),
  'no-signature': async () =>
    ends(without(await one(), /DKIM2-S/), first, 'permerror', 'a version without a signature'),
  'recipe-of-nothing': async () => ends(recipeOf('{}'), atList, 'permerror', 'neither h nor b'),
  'recipe-key-twice': async () =>
    ends(recipeOf('{"b":[{"c":[1,5]}],"B":[]}'), atList, 'permerror', 'keys that differ in case only'),
  'recipe-past-the-end': async () =>
    ends(recipeOf('{"b":[{"c":[1,1000000000]}]}'), atList, 'permerror', 'a range past the end'),
  'recipe-lies': async () =>
    ends(recipeOf('{"b":[{"c":[1,2]},{"c":[4,5]}]}'), atList, 'fail', 'leads to another body'),
  'recipe-of-null': async () => ends(recipeOf('{"b":null}'), atList, 'permerror', 'a body given up'),
  'recipe-in-upper-case': async () =>
    ends(recipeOf('{"B":[{"C":[1,5]}]}'), atList, 'pass', 'keys are matched without regard to case'),
}

/** Under revision 06. */
const old: Scenes = {
  'old-null-recipe': async () =>
    ends(recipeOf('{"b":null}', oldWay), { ...list, ...oldWay }, 'pass', 'a body given up'),
  'old-asked-not-to-modify': async () => {
    const asked = await pass(message(plain), { ...origin, ...oldWay, flags: ['donotmodify'] })
    const sent = await passRevised(asked, m => replaceField(m, 'Subject', 'x'), { ...list, ...oldWay })
    return ends(sent, { ...list, ...oldWay }, 'fail', 'donotmodify')
  },
  'old-auto-submitted-added': async () =>
    ends(
      withField(await three(oldWay), 'Auto-Submitted', 'no'),
      { ...alias, ...oldWay },
      'pass',
      'not signed',
    ),
  'old-mail-from-differs': async () =>
    ends(three(oldWay), { ...alias, ...oldWay, from: 'other@alias.example' }, 'permerror', 'MAIL FROM'),
  'old-gap-in-i': async () =>
    ends(without(await three(oldWay), / i=2;/), { ...alias, ...oldWay }, 'none', 'counts as unsigned'),
  'old-without-brackets': async () => ({
    ...(await ends(unbracketed(), { ...origin, ...oldWay }, 'fail', 'read, but not what was signed')),
    strict: false,
  }),
}

/** Plays all scenes; `write` gets the message of each. */
export function makeCases(
  write: (file: string, octets: Buffer) => void,
): Promise<{ cases: Case[]; dns: ZoneFile }> {
  return playScenes({ ...made, ...broken, ...old }, write)
}

async function listAfter(text: string, encoding: BufferEncoding): Promise<Message> {
  const before = await pass(message(text, encoding), first)
  return passRevised(before, m => replaceField(m, 'Subject', 'ASCII'), atList)
}

async function at(of: Message, expected: Case['expected'], now: number, comments: string): Promise<Played> {
  return { ...(await ends(of, atAlias, expected, comments)), now }
}

function otherSelector(of: Message, selector: string): Message {
  return tamper(of, 's=ed:', `s=${selector}:`)
}

/** Another first digit of a signature value. */
function spoilSignature(of: Message, selector: 'ed' | 'rsa'): Message {
  const text = octets(of).toString('latin1')
  const start = /(ed|rsa):[a-z0-9-]+:\s*/g
  const found = [...text.matchAll(start)].find(match => match[1] === selector)
  const place = (found?.index ?? 0) + (found?.[0].length ?? 0)
  const digit = text[place] === 'A' ? 'B' : 'A'
  const spoilt = text.slice(0, place) + digit + text.slice(place + 1)
  return received({ ...of, ...splitAgain(spoilt) })
}

function splitAgain(text: string): Message {
  return message(text, 'latin1')
}

function without(of: Message, pattern: RegExp): Message {
  return { ...of, fields: of.fields.filter(field => !pattern.test(field.octets.toString('latin1'))) }
}

async function unbracketed(): Promise<Message> {
  const sent = await pass(message(plain), { ...origin, ...oldWay })
  const bracketed = Buffer.from('<a@origin.example>').toString('base64')
  return tamper(sent, bracketed, Buffer.from('a@origin.example').toString('base64'))
}
