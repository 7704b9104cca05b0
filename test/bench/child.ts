/** The processes of a bench: started together with a channel for orders, ended together whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OrderResult } from './orders.ts'

/** How long a process may take to end when it is asked to. */
const endGraceMilliseconds = 15_000
/** So much of what a process wrote is shown when it fails. */
const shownLogCharacters = 2_000

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export class Child {
  readonly name: string
  readonly #process: ChildProcess
  readonly #logFile: string
  readonly #pending = new Map<number, Pending>()
  #nextId = 0
  #output = ''
  #firstLine = Promise.withResolvers<string>()
  #failure: Error | undefined
  #isStopping = false

  /**
   * @param name for messages and the name of its log file
   * @param command arguments of node
   * @param folder for its log
   */
  constructor(name: string, command: readonly string[], folder: string) {
    this.name = name
    this.#logFile = join(folder, `${name}.log`)
    const log = openSync(this.#logFile, 'w')
    this.#process = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', log, 'ipc'] })
    closeSync(log)
    this.#firstLine.promise.catch(() => undefined)
    this.#process.on('error', error => this.#fail(`could not be started: ${error.message}`))
    this.#process.on('exit', (code, signal) => this.#fail(`ended by itself (${signal ?? code})`))
    this.#process.on('message', (result: OrderResult) => this.#settle(result))
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text))
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.name} is not running`)
    return this.#process.pid
  }

  /** The first line that the process writes to its standard output. */
  firstLine(): Promise<string> {
    return this.#firstLine.promise
  }

  /** Gives an order and waits for its result. Rejects when it fails or the process ends. */
  ask<Result>(name: string, parameter: unknown = null): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = this.#nextId++
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#process.send({ id, name, parameter })
    }) as Promise<Result>
  }

  /** Ends the process: politely, and for good when it takes too long. */
  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), endGraceMilliseconds)
    await ended
    clearTimeout(timer)
  }

  /** Ends the process without asking. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #read(text: string): void {
    this.#output += text
    const end = this.#output.indexOf('\n')
    if (end >= 0) this.#firstLine.resolve(this.#output.slice(0, end))
  }

  #settle(answer: OrderResult): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) pending?.reject(new Error(`${this.name}: ${answer.error}`))
    else pending?.resolve(answer.result)
  }

  #fail(reason: string): void {
    if (this.#failure !== undefined) return
    const log = this.#isStopping ? '' : `\n${readFileSync(this.#logFile, 'utf8').slice(-shownLogCharacters)}`
    this.#failure = new Error(`${this.name} ${reason}${log}`)
    this.#firstLine.reject(this.#failure)
    for (const pending of this.#pending.values()) pending.reject(this.#failure)
    this.#pending.clear()
  }
}

/** All processes of a bench. */
export class Children {
  readonly folder: string
  readonly #all = new Set<Child>()

  /** @param folder where they write their logs */
  constructor(folder: string) {
    this.folder = folder
    process.once('exit', () => {
      for (const child of this.#all) child.kill()
    })
  }

  start(name: string, command: readonly string[]): Child {
    const child = new Child(name, command, this.folder)
    this.#all.add(child)
    return child
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map(child => child.stop()))
    this.#all.clear()
  }
}
