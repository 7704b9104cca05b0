/** Scenes of test vectors: messages made by playing what parties do, each with the result that a verifier must give. */

import type { Case, ZoneFile } from '../../src/dkim2/cases.ts'
import type { Message } from '../../src/message/message.ts'
import { laterSeconds, octets, type Passage, zone } from '../support/dkim2-parties.ts'

export interface Played {
  readonly message: Message
  readonly passage: Passage
  readonly expected: Case['expected']
  readonly comments: string
  readonly now?: number
  readonly strict?: boolean
}

/** By name. Each gives a message, the envelope it arrives in, and what a verifier must say. */
export type Scenes = Readonly<Record<string, () => Promise<Played>>>

/** Plays all scenes; `write` gets the message of each. */
export async function playScenes(
  scenes: Scenes,
  write: (file: string, octets: Buffer) => void,
): Promise<{ cases: Case[]; dns: ZoneFile }> {
  const cases: Case[] = []
  for (const [name, play] of Object.entries(scenes)) {
    const { message: played, passage, expected, comments, now, strict } = await play()
    write(`${name}.eml`, octets(played))
    cases.push({
      name,
      file: `${name}.eml`,
      mail_from: passage.from === '' ? '<>' : passage.from,
      rcpt_to: passage.to,
      expected,
      now: now ?? laterSeconds,
      ...(strict === undefined ? {} : { strict }),
      ...(passage.revision === undefined ? {} : { revision: passage.revision }),
      comments,
    })
  }
  return { cases, dns: publishedZone() }
}

export async function passes(played: Promise<Message>, passage: Passage, comments: string): Promise<Played> {
  return { message: await played, passage, expected: 'pass', comments }
}

export async function ends(
  played: Message | Promise<Message>,
  passage: Passage,
  expected: Case['expected'],
  comments: string,
): Promise<Played> {
  return { message: await played, passage, expected, comments }
}

function publishedZone(): ZoneFile {
  const published = zone()
  const ed = published['origin.example']?.['ed._domainkey'] ?? []
  return {
    ...published,
    'origin.example': {
      ...published['origin.example'],
      'revoked._domainkey': [['txt', 'v=DKIM1; k=ed25519; p=']],
      'twice._domainkey': [...ed, ...ed],
    },
  }
}
