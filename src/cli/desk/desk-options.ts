/** Options of the commands that work on the store of this machine, or through the API of a relay anywhere. */
import type { Command } from 'commander'
import { Option } from 'commander'
import type { ConfigOption } from '../options.ts'
import { withConfig } from '../options.ts'

export interface DeskOptions extends ConfigOption {
  readonly server?: string
  readonly tokenFile?: string
  readonly caFile?: string
}

/** `--config`, or `--server` with what belongs to it. */
export function withDesk(command: Command): Command {
  return withConfig(command)
    .addOption(
      new Option(
        '--server <url>',
        'work through the API of this relay, such as https://relay.example:8443; no configuration is read',
      ).env('DKIM2_RELAY_SERVER'),
    )
    .addOption(
      new Option(
        '--token-file <file>',
        'file with the token for --server, which nobody else may read; without it DKIM2_RELAY_TOKEN has the token',
      ).env('DKIM2_RELAY_TOKEN_FILE'),
    )
    .addOption(
      new Option(
        '--ca-file <file>',
        'certificates (PEM) that the one of --server may be signed by; without it those of the system',
      ).env('DKIM2_RELAY_CA_FILE'),
    )
}
