/** health: whether the listeners of a running relay greet, for supervisors and containers. */
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import type { ListenerConfig } from '../config/schema.ts'
import { printable } from '../message/printable.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText } from './terminal.ts'

/** A relay that has not greeted by then is of no use to a client either. */
const greetingMilliseconds = 5_000

/** LOCAL: the connection is made for nobody (PROXY protocol version 2, section 2.2). */
const nobodysHeader = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')

interface Health {
  readonly listener: string
  readonly healthy: boolean
  /** The greeting, or what was wrong. */
  readonly said: string
}

/** Adds `health`. */
export function healthCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('health')))
    .description('ask every listener for its greeting; the exit status is 0 if all are ready')
    .action(async (options: ConfigOption & JsonOption) => {
      const { listeners } = await loadConfig(options.config)
      const found = await Promise.all(listeners.map(healthOf))
      const rows = found.map(one => [one.listener, one.healthy ? 'ready' : 'failing', printable(one.said)])
      terminal.out(options.json ? jsonText(found) : tableText(['NAME', 'STATE', 'SAID'], rows))
      finish(found.every(one => one.healthy) ? 0 : 1)
    })
}

async function healthOf(listener: ListenerConfig): Promise<Health> {
  const said = await greeting(listener).catch((error: Error) => error.message)
  return { listener: listener.name, healthy: said.startsWith('220'), said }
}

/** The first line that a listener says. Rejects where none comes in time. */
function greeting({ address, port, tls, proxies }: ListenerConfig): Promise<string> {
  // A socket on every address is reached by loopback.
  const host = address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address
  const plain = connectPlain({ host, port })
  if (proxies.length > 0) plain.write(nobodysHeader)
  const socket: Socket = tls === 'implicit' ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain
  socket.setTimeout(greetingMilliseconds, () => socket.destroy(new Error('no greeting in time')))
  return new Promise<string>((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1').split(/\r?\n/)[0] ?? ''))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed without a greeting')))
  }).finally(() => socket.end('QUIT\r\n'))
}
