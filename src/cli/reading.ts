/** How the DKIM2 fields of a message are to be read: by which revision of the draft, and how strictly. */
import type { Command } from 'commander'
import { Option } from 'commander'
import type { Reading } from '../dkim2/profile.ts'

export type Revision = NonNullable<Reading['revision']>

export interface ReadingOptions {
  readonly revision?: Revision
  readonly lenient?: true
}

const revisions: readonly Revision[] = ['06', '09']

/** `--revision`; `more` are choices of one command. */
export function revisionOption(...more: readonly string[]): Option {
  const text = 'revision of draft-ietf-dkim-dkim2-spec to go by; without it 09'
  return new Option('--revision <revision>', text).choices([...revisions, ...more])
}

export function withLenient(command: Command): Command {
  return command.option('--lenient', 'accept what messages of older drafts are known to do differently')
}

/** `--revision` and `--lenient`. */
export function withReading(command: Command): Command {
  return withLenient(command).addOption(revisionOption())
}

export function readingOf({ revision, lenient }: ReadingOptions): Reading {
  return {
    ...(revision === undefined ? {} : { revision }),
    ...(lenient === undefined ? {} : { lenient }),
  }
}
