/** Targets that read DKIM2: the header fields of both profiles, recipes and key records. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  explain,
  explanationText,
  keyRecordText,
  parseKeyRecord,
  type Reading,
  undo,
  undoToHop,
  verifyChain,
  zoneLookup,
} from '../../src/dkim2/index.ts'
import { lowerAscii, type Message, messageChunks, readMessage } from '../../src/message/message.ts'
import type { Target } from './target.ts'
import { soundMessage, vector } from './targets-message.ts'
import { dictionary, words } from './words.ts'

type Profile = 'mailversion' | 'message-instance'

const nowSeconds = 1_763_000_100
const states = ['pass', 'fail', 'permerror', 'temperror', 'none']
const lookups = { mailversion: lookupOf('mailversion'), 'message-instance': lookupOf('message-instance') }
const readings: Readonly<Record<Profile, readonly Reading[]>> = {
  mailversion: [{}],
  'message-instance': [{ revision: '09' }, { revision: '06', lenient: true }],
}

function lookupOf(profile: Profile) {
  return zoneLookup(
    JSON.parse(readFileSync(new URL(`../vectors/${profile}/dns.json`, import.meta.url), 'utf8')),
  )
}

/** Reads a message in every way that the core has; the verdicts without their numbers. */
async function readEveryWay(octets: Buffer, profile: Profile): Promise<string> {
  const answers: string[] = []
  for (const reading of readings[profile]) {
    const message = soundMessage(octets)
    const verdict = await verifyChain(message, { ...reading, lookup: lookups[profile], nowSeconds })
    assert.ok(states.includes(verdict.state), `no state: ${verdict.state}`)
    assert.ok(verdict.state === 'none' || (verdict.error === undefined) === (verdict.state === 'pass'))
    const text = explanationText(explain(message, verdict, reading))
    assert.ok(!/[\x00-\x09\x0b-\x1f\x7f]/.test(text), 'an explanation with control characters')
    const undone = undoAll(message, reading)
    answers.push(`${(verdict.error ?? verdict.state).replace(/\d+/g, '#').slice(0, 80)} ${undone}`)
  }
  return answers.join(' / ')
}

function undoAll(message: Message, reading: Reading): string {
  const kinds: string[] = []
  for (const number of [0, 1, 2]) {
    for (const undone of [undo(message, number, {}, reading), undoToHop(message, number, {}, reading)]) {
      if (undone.kind === 'undone') checkWritable(undone.message)
      kinds.push(undone.kind === 'undone' ? shapeOf(undone.message) : undone.kind)
    }
  }
  return kinds.join(' ')
}

/** The size of its header section and body, in the rough. */
function shapeOf({ fields, body }: Message): string {
  return `${fields.length}+${Math.round(Math.log2(body.length + 1))}`
}

/** An earlier message written out is that message when it is read again. */
function checkWritable(message: Message): void {
  const again = readMessage(Buffer.concat(messageChunks(message)))
  const names = ({ fields }: Message) => fields.map(({ name }) => lowerAscii(name)).join()
  assert.ok(names(again) === names(message), 'fields ran together')
  assert.ok(again.body.equals(message.body), 'an earlier message written out has another body')
}

function chain(profile: Profile, seeds: readonly [Buffer, ...Buffer[]]): Target {
  return {
    name: `fields-${profile}`,
    seeds,
    words: dictionary(words.fields, profile === 'mailversion' ? words.recipes : words.json),
    run: octets => readEveryWay(octets, profile),
  }
}

const common = ['list-two-hops', 'alias-three-hops', 'body-was-empty', 'field-added', 'header-only'] as const
const mailversionSeeds = [
  ...common,
  'two-signature-sets',
  'utf8-addresses',
  'unrecoverable',
  'multipart-parts',
]
const instanceSeeds = [
  ...common,
  'flags-and-nonce',
  'dsn-forwarded',
  'paths-of-all-kinds',
  'not-utf8-list',
  'two-alternatives',
  'old-null-recipe',
]

/**
 * Recipes: the input stands in the newest version of a message with two hops, everything else as it was.
 *
 * @param end what follows the hashes of that version, up to the end of its field
 */
function recipe(
  profile: Profile,
  seeds: readonly [string, ...string[]],
  end: RegExp,
  written: (octets: Buffer) => string,
): Target {
  const original = vector(profile, 'list-two-hops').toString('latin1')
  assert.match(original, end)
  const octets = (text: string) => Buffer.from(text, 'latin1')
  return {
    name: `recipe-${profile}`,
    seeds: [octets(seeds[0]), ...seeds.slice(1).map(octets)],
    words: dictionary(profile === 'mailversion' ? words.recipes : words.json),
    run: input => readEveryWay(octets(original.replace(end, () => `${written(input)}\r\nList-Id:`)), profile),
  }
}

const mailversionRecipe = recipe(
  'mailversion',
  [
    'b=c:1-5; h.Subject=d:*,\r\n t:Plans for the week; h.Comments=d:1; h.List-Id=d:*;',
    'b=z; h.Subject=d:1,b:UGxhbnM=,t:two words; h.Comments=d:3,d:1,t:x;',
    'b=b:QQ==,c:1-2,t:line,c:4-6,b:; h.From=d:*,t:a <a@origin.example>; h.X-New=t:new;',
    'b=; h.Received=d:1;',
  ],
  / b=c:1-5;[\s\S]*?\r\nList-Id:/,
  input => ` ${input.toString('latin1')}`,
)

const instanceRecipe = recipe(
  'message-instance',
  [
    '{"h":{"subject":[{"d":["Plans for the week"]}],"comments":[{"c":[1,2]}],"list-id":[]},"b":[{"c":[1,5]}]}',
    '{"b":null,"h":{"comments":[{"d":["a","b"]},{"c":[2,3]},{"u":["/w=="]}]}}',
    '{"b":[{"d":["\\u00e9\\ud83d\\ude00","","x"]},{"c":[2,3]},{"c":[5,6]},{"u":["gA=="]}]}',
    '{"h":{"x-new":[{"d":["x"]}],"received":[]},"m":1}',
  ],
  / r=[\s\S]*?\r\nList-Id:/,
  input => ` r=${input.toString('base64')};`,
)

const oneHop = vector('mailversion', 'one-hop-ed25519')

const zoneTexts: string[] = Object.values(
  JSON.parse(readFileSync(new URL('../vectors/mailversion/dns.json', import.meta.url), 'utf8')) as Record<
    string,
    Record<string, [string, string][]>
  >,
).flatMap(labels => Object.values(labels).flatMap(records => records.map(([, text]) => text)))

const keyRecord: Target = {
  name: 'key-record',
  seeds: [Buffer.from('v=DKIM1; k=ed25519; p='), ...new Set(zoneTexts)].map(text =>
    Buffer.from(text),
  ) as unknown as Target['seeds'],
  words: dictionary(words.keys),
  async run(octets) {
    const text = octets.toString('latin1')
    const record = parseKeyRecord(text)
    const lookup = async () => ({ kind: 'records', records: [text] }) as const
    const verdict = await verifyChain(readMessage(oneHop), { lookup, nowSeconds })
    assert.ok(states.includes(verdict.state), `no state: ${verdict.state}`)
    if (record.kind !== 'key') {
      assert.notEqual(verdict.state, 'pass')
      return `${record.kind} ${record.reason.slice(0, 24)}`
    }
    const again = parseKeyRecord(keyRecordText(record.key))
    assert.ok(again.kind === 'key' && again.key.equals(record.key), 'the key written out is another one')
    return `${record.algorithm} ${record.testing} ${verdict.state}`
  },
}

function vectors(profile: Profile, names: readonly string[]): readonly [Buffer, ...Buffer[]] {
  return [vector(profile, 'one-hop-ed25519'), ...names.map(name => vector(profile, name))]
}

export const chainTargets: readonly Target[] = [
  chain('mailversion', vectors('mailversion', mailversionSeeds)),
  chain('message-instance', vectors('message-instance', instanceSeeds)),
  mailversionRecipe,
  instanceRecipe,
  keyRecord,
]
