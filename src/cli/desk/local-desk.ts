/** The operator's desk straight on the store of this machine. What only a running relay knows, it is asked over its socket. */
import { controlSocket } from '../../config/folders.ts'
import { loadConfig } from '../../config/load.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { askRelay } from '../../control/ask-relay.ts'
import type { MessageLine } from '../../hoplog/summary.ts'
import { fits } from '../../operator/fits.ts'
import type { Answer, Asked, Desk, Operation, OperationName, Performers } from '../../operator/operations.ts'
import { operations } from '../../operator/operations.ts'
import { OperationFailed } from '../../operator/problems.ts'
import { looks } from '../../service/operator/follow.ts'
import { operatorDesk } from '../../service/operator/operator-desk.ts'
import { openOutside } from '../../service/outside/outside.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import type { Access } from '../../store/settings.ts'
import type { Store } from '../../store/store.ts'
import { openConfiguredStore } from '../database.ts'
import { chosenResolver } from '../dns-source.ts'
import type { Terminal } from '../terminal.ts'

/** Everything is opened when it is asked for. */
export class LocalDesk implements Desk {
  readonly #configFile: string
  readonly #stores = new Map<Access, Promise<Store>>()
  #config: Promise<RelayConfig> | undefined
  readonly #performers: Performers

  constructor(configFile: string, terminal: Terminal) {
    this.#configFile = configFile
    this.#performers = operatorDesk({
      store: access => this.#store(access),
      config: () => this.#configured(),
      outside: async () => openOutside(await this.#configured(), await this.#store('read')),
      resolver: async () => chosenResolver({}, (await this.#configured()).resolver),
      relay: {
        status: () => this.#askRelay('status'),
        reload: () => this.#askRelay('reload'),
        healthOf: () => ({ state: 'unknown', restsUntil: null }),
        keys: async () => {
          throw new OperationFailed('only the running relay tells of its keys: keys list reads their files')
        },
      },
      clock: () => terminal.clock(),
      random: octets => terminal.random(octets),
      progress: text => terminal.progress(text),
      // A running relay looks at the store every second.
      changed: () => undefined,
    })
  }

  ask<Name extends OperationName>(name: Name, asked: Asked<Name>): Promise<Answer<Name>> {
    const perform: Performers[Name] = this.#performers[name]
    return perform(asked)
  }

  async *follow(criteria: MessageCriteria): AsyncGenerator<MessageLine> {
    for await (const found of looks(await this.#store('read'), criteria)) yield* found
  }

  async close(): Promise<void> {
    for (const opened of this.#stores.values()) await (await opened.catch(() => undefined))?.close()
  }

  #configured(): Promise<RelayConfig> {
    this.#config ??= loadConfig(this.#configFile)
    return this.#config
  }

  /** One that may be changed can be read, too. */
  #store(access: Access): Promise<Store> {
    const open = this.#stores.get('change') ?? this.#stores.get(access)
    if (open !== undefined) return open
    const opened = this.#configured().then(config => openConfiguredStore(config, access))
    this.#stores.set(access, opened)
    return opened
  }

  /** @throws OperationFailed with what the relay says against it, or that none is running */
  async #askRelay<Name extends 'status' | 'reload'>(name: Name): Promise<Answer<Name>> {
    const { dataDirectory } = await this.#configured()
    const socket = controlSocket({ dataDirectory })
    const answered = await askRelay(socket, name)
    if (answered.kind === 'refused') throw new OperationFailed(answered.problem)
    if (answered.kind === 'not-running')
      throw new OperationFailed(`no relay is running on ${dataDirectory}: nothing listens on ${socket}`)
    const operation: Operation<Name> = operations[name]
    if (fits(operation.answer, answered.answer)) return answered.answer
    throw new OperationFailed(
      `the relay that runs on ${dataDirectory} is of another version and answers otherwise: start it again`,
    )
  }
}
