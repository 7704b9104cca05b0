/** Runs a folder of cases that others made (cases.json, dns.json, messages/) before every participant. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case, ZoneFile } from '../../src/dkim2/index.ts'
import type { Zone } from './peer.ts'
import type { Participant } from './trial.ts'

export interface ForeignOpinion {
  readonly name: string
  readonly expected: string
  readonly verifier: string
  readonly said: string
}

/** What each participant says of each case, where that is not what the case expects. */
export async function foreignDifferences(
  folder: string,
  participants: readonly Participant[],
): Promise<readonly ForeignOpinion[]> {
  const cases = readJson(folder, 'cases.json') as readonly Case[]
  const zone = flatZone(readJson(folder, 'dns.json') as ZoneFile)
  const opinions: ForeignOpinion[] = []
  for (const entry of cases) {
    const request = {
      message: readFileSync(join(folder, 'messages', entry.file)),
      reversePath: bracketed(entry.mail_from),
      forwardPaths: entry.rcpt_to.map(bracketed),
      zone,
      nowSeconds: entry.now,
    }
    for (const { implementation } of participants) {
      const verdict = await implementation.verify(request)
      const state = 'state' in verdict ? verdict.state : verdict.declined
      const detail = 'state' in verdict ? verdict.detail : verdict.reason
      if (state === entry.expected) continue
      const said = `${state} ${detail}`.trim()
      opinions.push({ name: entry.name, expected: entry.expected, verifier: implementation.name, said })
    }
  }
  return opinions
}

function readJson(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

function flatZone(file: ZoneFile): Zone {
  const entries = Object.entries(file).flatMap(([domain, labels]) =>
    Object.entries(labels).map(([label, records]) => {
      const texts = records.filter(([type]) => type === 'txt').map(([, text]) => [text].flat().join(''))
      return [`${label}.${domain}`, texts] as const
    }),
  )
  return Object.fromEntries(entries)
}

function bracketed(path: string): string {
  return path.startsWith('<') ? path : `<${path}>`
}
