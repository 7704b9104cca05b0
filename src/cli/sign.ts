/** sign: adds a hop to a message with a key of one's own, as its originator or to extend a chain. */

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import type { Recipe, SignedHop, SigningObstacle } from '../dkim2/index.ts'
import { addHop, prepareHop, profiles, SigningError, signHop } from '../dkim2/index.ts'
import type { Flag, ProfileId } from '../dkim2/model.ts'
import { profileSource } from '../dkim2/profiles/index.ts'
import { defaultProfile } from '../dkim2/profiles/names.ts'
import type { Message } from '../message/message.ts'
import { messageChunks } from '../message/message.ts'
import { loadKey } from '../sign/keyring.ts'
import type { SigningKey } from '../sign/signing-key.ts'
import { chainProfile, hasChainOf } from './chain-facts.ts'
import { readMessageFile } from './message-file.ts'
import type { JsonOption } from './options.ts'
import { addressArgument, collect, collectAddress, unixSeconds, withJson } from './options.ts'
import type { ReadingOptions } from './reading.ts'
import { readingOf, withReading } from './reading.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, UsageError } from './terminal.ts'

interface SignOptions extends JsonOption, ReadingOptions {
  readonly domain: string
  readonly selector: readonly string[]
  readonly key: readonly string[]
  readonly mailFrom?: string
  readonly rcptTo?: readonly string[]
  readonly nextDomain?: string
  readonly profile?: ProfileId
  readonly previous?: string
  readonly time?: number
  readonly flags?: readonly Flag[]
  readonly nonce?: string
}

const flagNames: readonly Flag[] = [
  'exploded',
  'modifiedbody',
  'modifiedheader',
  'donotmodify',
  'donotexplode',
  'feedback',
  'feedhere',
]

/** Adds `sign`. */
export function signCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withReading(withJson(program.command('sign')))
    .description('add a hop to a message, as its originator or to extend its chain; nothing is verified')
    .argument('<file>', 'message as it is sent on; - is standard input')
    .requiredOption('--domain <domain>', 'signing domain (d=)')
    .requiredOption('--selector <name>', 'selector; one for each --key, in the same order', collect)
    .requiredOption('--key <file>', 'private key in PEM, mode 0600; may be given several times', collect)
    .option('--mail-from <address>', 'MAIL FROM; <> is the null reverse-path', addressArgument)
    .option('--rcpt-to <address>', 'RCPT TO; may be given several times', collectAddress)
    .option('--next-domain <domain>', 'in their place: hand over without SMTP to this domain (nd=)')
    .addOption(new Option('--profile <profile>', 'wire profile of a new chain').choices([...profiles.keys()]))
    .option('--previous <file>', 'the message as it was received; what differs is recorded as a recipe')
    .option('--time <seconds>', 'Unix time of the signature; without it now', unixSeconds)
    .option('--flags <flags>', `flags of the hop, separated by commas: ${flagNames.join(', ')}`, flagList)
    .option('--nonce <text>', 'nonce of the hop')
    .action(async (file: string, options: SignOptions) => {
      const message = await readMessageFile(file, terminal)
      const hop = await newHop(message, file, options, terminal)
      const signed = Buffer.concat(messageChunks(addHop(message, hop)))
      terminal.out(options.json ? jsonText(hopJson(hop, signed)) : signed)
      finish(0)
    })
}

function flagList(text: string): Flag[] {
  const names = text.split(',').map(name => name.trim())
  const unknown = names.find(name => !isFlag(name))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`'${unknown}' is none of ${flagNames.join(', ')}.`)
  }
  return names.filter(isFlag)
}

function isFlag(name: string): name is Flag {
  return (flagNames as readonly string[]).includes(name)
}

async function newHop(
  message: Message,
  file: string,
  options: SignOptions,
  terminal: Terminal,
): Promise<SignedHop> {
  const destination = destinationOf(options)
  const signers = await readSigners(options)
  const profile = chosenProfile(message, file, options)
  const changes =
    options.previous === undefined ? {} : await readChanges(message, file, profile, options, terminal)
  try {
    const prepared = await prepareHop(message, {
      profile,
      alwaysVersion: false,
      ...readingOf(options),
      ...changes,
    })
    return await signHop(prepared, {
      domain: options.domain,
      ...destination,
      timestampSeconds: options.time ?? Math.floor(terminal.clock() / 1000),
      signers,
      ...(options.flags === undefined ? {} : { flags: options.flags }),
      ...(options.nonce === undefined ? {} : { nonce: options.nonce }),
    })
  } catch (error) {
    if (error instanceof SigningError && mistakes.has(error.obstacle)) {
      throw new UsageError(`${error.obstacle}: ${error.message}`, { cause: error })
    }
    throw error
  }
}

/** What lies in the options; everything else is the fault of the message. */
const mistakes: ReadonlySet<SigningObstacle> = new Set([
  'uncarriable address',
  'domain not aligned',
  'recipe missing',
  'signers unsuitable',
  'parameter invalid',
])

interface Destination {
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  readonly nextDomain?: string
}

function destinationOf({ mailFrom, rcptTo, nextDomain }: SignOptions): Destination {
  if (nextDomain === undefined && mailFrom !== undefined && rcptTo !== undefined) {
    return { reversePath: mailFrom, forwardPaths: rcptTo }
  }
  if (nextDomain !== undefined && mailFrom === undefined && rcptTo === undefined) {
    return { reversePath: '', forwardPaths: [], nextDomain }
  }
  throw new UsageError('expected the envelope, --mail-from and --rcpt-to, or --next-domain in its place')
}

async function readSigners(options: SignOptions): Promise<SigningKey[]> {
  const { selector: selectors, key: files, domain } = options
  if (selectors.length !== files.length) {
    throw new UsageError(
      `--selector and --key belong together: ${selectors.length} and ${files.length} given`,
    )
  }
  return Promise.all(
    selectors.map((selector, index) => loadKey(resolve(files[index] ?? ''), { selector, domain })),
  )
}

function chosenProfile(message: Message, file: string, options: SignOptions): ProfileId {
  const { profile } = options
  const own = chainProfile(message, readingOf(options))
  if (own !== undefined && profile !== undefined && own !== profile) {
    throw new UsageError(
      `${file} has a chain of profile ${own}, in which it is continued; leave --profile out`,
    )
  }
  return own ?? profile ?? defaultProfile
}

/** The recipe that leads from the message back to what was received; proved by prepareHop. */
async function readChanges(
  message: Message,
  file: string,
  profile: ProfileId,
  options: SignOptions,
  terminal: Terminal,
): Promise<{ received: Message; recipe?: Recipe }> {
  const { previous = '' } = options
  if (previous === '-' && file === '-') throw new UsageError('only one of the messages can be standard input')
  const received = await readMessageFile(previous, terminal)
  if (!hasChainOf(message, received)) {
    throw new UsageError(`${file} lacks DKIM2 fields of ${previous}: change a copy that has them all`)
  }
  const { diff } = await import('../dkim2/diff.ts')
  const wire = profileSource(readingOf(options))(profile)
  const recipe = diff(message, received, { isUnsigned: wire.isUnsigned })
  return recipe === undefined ? { received } : { received, recipe }
}

function hopJson(hop: SignedHop, signed: Buffer): unknown {
  const { sequence, version, profile, domain, selectors, timestampSeconds } = hop
  return {
    i: sequence,
    version,
    profile,
    d: domain,
    s: selectors,
    t: timestampSeconds,
    fields: hop.fields.map(field => field.octets.toString('latin1')),
    message: signed.toString('base64'),
  }
}
