/** How the DKIM2 fields of a message are to be read: by which revision of the draft, and how strictly. */
import type { Command } from 'commander'
import { Option } from 'commander'
import { type Reading, type Revision, revisions } from '../dkim2/profile.ts'

export interface ReadingOptions {
  readonly revision?: Revision
  readonly lenient?: true
}

const about = 'revision of draft-ietf-dkim-dkim2-spec to go by; without it 09'

/** `--revision`. */
export function revisionOption(): Option {
  return new Option('--revision <revision>', about).choices(revisions)
}

/** One revision, or several to compare. */
export type RevisionChoice = Revision | keyof typeof severalRevisions

const severalRevisions = { all: revisions, both: ['06', '09'] } as const

/** `--revision` of a command that can also compare. */
export function comparingRevisionOption(): Option {
  const text = `${about}; all compares the verdicts and names the rules that make them differ, both those of 06 and 09`
  return new Option('--revision <revision>', text).choices([...revisions, ...Object.keys(severalRevisions)])
}

/** What was chosen: the revisions to compare, or the one to use, where one was named. */
export function chosenRevisions(choice: RevisionChoice | undefined): {
  readonly compared?: readonly Revision[]
  readonly revision?: Revision
} {
  if (choice === undefined) return {}
  return choice === 'all' || choice === 'both' ? { compared: severalRevisions[choice] } : { revision: choice }
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
