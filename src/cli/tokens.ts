/** tokens add | list | revoke: tokens for the API of the admin listener. A running relay knows at once. */
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { accountKey } from '../accounts/account-name.ts'
import { newSecret, secretHash, tokenText } from '../accounts/api-token.ts'
import { oneLine, printable } from '../message/printable.ts'
import type { Scope } from '../operator/scopes.ts'
import { isScope, scopes, scopeTexts } from '../operator/scopes.ts'
import { StoreError } from '../store/store-error.ts'
import { withStore } from './database.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, OperationFailed, tableText, UsageError } from './terminal.ts'

/** A name stands in the log beside everything that is done with the token. */
const maxNameCharacters = 60

const day = 86_400_000
/** Longer than any relay runs; a time beyond is no time any more. */
const maxDays = 36_500

interface AddOptions extends ConfigOption, JsonOption {
  readonly scope?: readonly Scope[]
  /** Days. */
  readonly expires: number | 'never'
}

/** Adds `tokens` with its subcommands. */
export function tokensCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const tokens = program.command('tokens').description('tokens for programs that use the API')
  for (const add of [addAdd, addList, addRevoke]) add(tokens, terminal, finish)
}

function addAdd(tokens: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(tokens.command('add')))
    .description('make a token and print it: it is shown this once, and kept as a hash')
    .argument('<name>', 'what it is for, as the log names it')
    .option(
      '--scope <scope>',
      `what it may do; may be given several times: ${scopes.map(one => `${one} (${scopeTexts[one]})`).join(', ')}`,
      collectScope,
    )
    .option('--expires <days>', 'in so many days, such as 90d; or never', expiryArgument, 365)
    .action(async (text: string, { config, json, scope = [], expires }: AddOptions) => {
      if (scope.length === 0)
        throw new UsageError(`tokens add: expected --scope, one or more of ${scopes.join(', ')}`)
      const name = nameArgument(text)
      const createdAt = terminal.clock()
      const expiresAt = expires === 'never' ? null : createdAt + expires * day
      const secret = newSecret(octets => terminal.random(octets))
      const given = [...new Set(scope)]
      const token = {
        name,
        nameKey: accountKey(name),
        scopes: given,
        secretHash: secretHash(secret),
        createdAt,
        expiresAt,
      }
      const id = await withStore(config, 'change', store =>
        store.createToken(token).catch((error: unknown) => {
          if (!(error instanceof StoreError) || error.code !== 'conflict') throw error
          throw new OperationFailed(`${name}: there is a token of this name`, { cause: error })
        }),
      )
      const made = { name, scopes: given, expiresAt: timeOf(expiresAt), token: tokenText({ id, secret }) }
      terminal.out(json ? jsonText(made) : `${made.token}\n`)
      if (!json)
        terminal.note(`${name}: may ${given.join(', ')}, until ${made.expiresAt ?? 'it is revoked'}\n`)
      finish(0)
    })
}

function addList(tokens: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(tokens.command('list')))
    .description('list the tokens, without their secrets')
    .action(async ({ config, json }: ConfigOption & JsonOption) => {
      const all = await withStore(config, 'read', store => store.tokens())
      const now = terminal.clock()
      const shown = all.map(({ name, scopes: given, createdAt, expiresAt, usedAt }) => ({
        name,
        scopes: given,
        createdAt: timeOf(createdAt),
        expiresAt: timeOf(expiresAt),
        isExpired: expiresAt !== null && expiresAt <= now,
        usedAt: timeOf(usedAt),
      }))
      const rows = shown.map(one => [
        printable(one.name),
        one.scopes.join(' '),
        `${dayOf(one.expiresAt) ?? 'never'}${one.isExpired ? ' (over)' : ''}`,
        dayOf(one.usedAt) ?? 'never',
      ])
      const table = () => tableText(['NAME', 'SCOPES', 'EXPIRES', 'LAST USED'], rows)
      terminal.out(json ? jsonText(shown) : rows.length === 0 ? 'There are none.\n' : table())
      finish(0)
    })
}

function addRevoke(tokens: Command, terminal: Terminal, finish: Finish): void {
  withConfig(tokens.command('revoke'))
    .description('remove tokens: nothing can be done with them any more')
    .argument('<name...>')
    .action(async (names: string[], { config }: ConfigOption) => {
      const results = await withStore(config, 'change', async store => {
        const done: boolean[] = []
        for (const name of names) done.push(await store.deleteToken(accountKey(name)))
        return done
      })
      const lines = names.map(
        (name, at) => `${printable(name)}: ${results[at] ? 'revoked' : 'no such token'}\n`,
      )
      terminal.out(lines.join(''))
      finish(results.every(Boolean) ? 0 : 1)
    })
}

function collectScope(text: string, before: readonly Scope[] = []): Scope[] {
  if (isScope(text)) return [...before, text]
  throw new InvalidArgumentError(`expected one of ${scopes.join(', ')}.`)
}

function expiryArgument(text: string): number | 'never' {
  if (text === 'never') return text
  const days = Number(/^([1-9]\d{0,5})d?$/.exec(text)?.[1])
  if (days <= maxDays) return days
  throw new InvalidArgumentError(`expected a number of days such as 90d, up to ${maxDays}, or never.`)
}

/** @throws UsageError */
function nameArgument(text: string): string {
  const isFit = text === oneLine(text) && printable(text) === text && text.trim() === text
  if (isFit && text !== '' && text.length <= maxNameCharacters) return text
  throw new UsageError(
    `${printable(text)}: expected a name such as 'dashboard', of at most ${maxNameCharacters} characters in one line`,
  )
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}

function dayOf(time: string | null): string | undefined {
  return time?.slice(0, 10)
}
