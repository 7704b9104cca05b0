/**
 * The commands, as the help lists them. The code of one is loaded when it is called: what a person waits for at the keyboard is mostly
 * the loading of modules.
 */
import type { Command } from 'commander'
import type { Finish, Terminal } from './terminal.ts'

/** Adds one command to the program. */
export type AddCommand = (program: Command, terminal: Terminal, finish: Finish) => void

export interface CommandEntry {
  readonly name: string
  /** What the command itself says. */
  readonly description: string
  readonly load: () => Promise<AddCommand>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'init',
    description: 'write a first configuration, make folders and keys, and print what to publish',
    load: async () => (await import('./init/init.ts')).initCommand,
  },
  {
    name: 'start',
    description:
      'run the relay; SIGTERM, SIGINT, SIGQUIT or SIGUSR2 stops it, a second one at once; SIGHUP is as reload',
    load: async () => (await import('./start.ts')).startCommand,
  },
  {
    name: 'reload',
    description: 'have the running relay read its configuration, certificates and keys again',
    load: async () => (await import('./reload.ts')).reloadCommand,
  },
  {
    name: 'status',
    description: 'show how the running relay is',
    load: async () => (await import('./reload.ts')).statusCommand,
  },
  {
    name: 'check',
    description: 'look over the configuration, the keys and their published DNS records',
    load: async () => (await import('./check/check.ts')).checkCommand,
  },
  {
    name: 'verify',
    description: 'verify the DKIM2 chain of a message; the exit status is 0 only on pass',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  {
    name: 'explain',
    description: 'tell who handled a message and who changed what',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  {
    name: 'undo',
    description: 'write a message as it was at an earlier version; nothing is verified',
    load: async () => (await import('./undo.ts')).undoCommand,
  },
  {
    name: 'lint',
    description: 'tell what is wrong with a message: where, by which section, and how it should be',
    load: async () => (await import('./lint/lint.ts')).lintCommand,
  },
  {
    name: 'sign',
    description: 'add a hop to a message, as its originator or to extend its chain; nothing is verified',
    load: async () => (await import('./sign.ts')).signCommand,
  },
  {
    name: 'keys',
    description: 'signing keys and the DNS records to publish for them',
    load: async () => (await import('./keys.ts')).keysCommand,
  },
  {
    name: 'discover',
    description: 'show where the mail for a domain would go, and why',
    load: async () => (await import('./discover.ts')).discoverCommand,
  },
  {
    name: 'preview',
    description: 'tell what this relay would do with a message, and why; nothing is sent or changed',
    load: async () => (await import('./preview.ts')).previewCommand,
  },
  {
    name: 'domain',
    description: 'look over what a domain publishes for mail, and how good it is',
    load: async () => (await import('./domain/domain.ts')).domainCommand,
  },
  {
    name: 'hops',
    description: 'the hop log: what was received and sent',
    load: async () => (await import('./hops/hops.ts')).hopsCommand,
  },
  {
    name: 'queue',
    description: 'deliveries that are still to be made',
    load: async () => (await import('./queue.ts')).queueCommand,
  },
  {
    name: 'aliases',
    description: 'aliases that do not stand in the configuration',
    load: async () => (await import('./aliases/aliases-command.ts')).aliasesCommand,
  },
  {
    name: 'lists',
    description: 'mailing lists and their subscribers',
    load: async () => (await import('./lists/lists-command.ts')).listsCommand,
  },
  {
    name: 'users',
    description: 'accounts that submit mail',
    load: async () => (await import('./users/users-command.ts')).usersCommand,
  },
  {
    name: 'admins',
    description: 'people who use the pages of the admin listener',
    load: async () => (await import('./admins.ts')).adminsCommand,
  },
  {
    name: 'tokens',
    description: 'tokens for programs that use the API',
    load: async () => (await import('./tokens.ts')).tokensCommand,
  },
  {
    name: 'forget',
    description: 'erase a person from the database: subscriptions, and the address in old records',
    load: async () => (await import('./forget.ts')).forgetCommand,
  },
  {
    name: 'bounces',
    description: 'what comes to the bounce addresses',
    load: async () => (await import('./bounces.ts')).bouncesCommand,
  },
  {
    name: 'tls-reports',
    description: 'how TLS went with the mail hosts of other domains, and the daily reports about it',
    load: async () => (await import('./tls-reports.ts')).tlsReportsCommand,
  },
  {
    name: 'dmarc',
    description: 'reports about DMARC',
    load: async () => (await import('./dmarc.ts')).dmarcCommand,
  },
  {
    name: 'health',
    description: 'ask every listener for its greeting; the exit status is 0 if all are ready',
    load: async () => (await import('./health.ts')).healthCommand,
  },
  {
    name: 'backup',
    description: 'save database, keys and configuration in one file, beside a running relay',
    load: async () => (await import('./backup/backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    description: 'bring database and keys of a backup back; the relay must not run',
    load: async () => (await import('./backup/restore.ts')).restoreCommand,
  },
  {
    name: 'store',
    description: 'the database of a relay',
    load: async () => (await import('./store.ts')).storeCommand,
  },
  {
    name: 'send',
    description: 'send a message over SMTP, to try a relay out',
    load: async () => (await import('./send.ts')).sendCommand,
  },
  {
    name: 'interop',
    description: 'compare with other implementations',
    load: async () => (await import('./interop.ts')).interopCommand,
  },
]
