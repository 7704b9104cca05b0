/**
 * Kills a relay again and again while it works, and looks whether it keeps its promise: what it has acknowledged arrives, and what
 * arrives twice is what a next hop took without the relay seeing the reply.
 */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openReader, openWriter } from '../support/database-beside.ts'
import { DnsServer } from '../support/dns-server.ts'
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import { type OpenZone, testConfig } from '../support/test-relay.ts'
import { type Hostility, hostilities, Ledger, type Peers, startPeers } from './kill-peers.ts'
import { type Random, randomFrom } from './random.ts'

export interface KillSettings {
  readonly seed: number
  /** Number of the first kill; what kill N does is decided by the seed and N alone. */
  readonly from: number
  readonly kills: number
  /** After so many kills everything that was promised has to arrive. */
  readonly settleEvery: number
  readonly among?: readonly Hostility[]
  readonly progress: (figures: KillFigures) => void
}

export interface KillFigures {
  readonly done: number
  readonly ofProcess: number
  readonly ofStore: number
  readonly acknowledged: number
  readonly copies: number
  readonly byKill: number
  readonly byLostReply: number
  /** What was held because the relay ended twice during it, and was released. */
  readonly released: number
  readonly lost: readonly string[]
  readonly unexplained: readonly string[]
}

/** The configuration is a program: on SIGWINCH the store's thread is ended, wherever it is. */
const storeFault = `import { Worker } from 'node:worker_threads'
const post = Worker.prototype.postMessage
let store
Worker.prototype.postMessage = function (batch, ...rest) {
  if (batch?.requests !== undefined) store = this
  return post.call(this, batch, ...rest)
}
process.on('SIGWINCH', () => void store?.terminate())`

const destinations = 4
const clients = 4
/** Acknowledged and not arrived: the load waits, so that a campaign ends soon after its last kill. */
const maxOutstanding = 150
/** A copy that has not come so long after every next hop is well and nothing is killed any more is lost. */
const settleMilliseconds = 120_000
const deathMilliseconds = 30_000

export async function killCampaign(settings: KillSettings): Promise<KillFigures> {
  const campaign = await Campaign.begin(settings)
  try {
    return await campaign.run()
  } finally {
    await campaign.end()
  }
}

class Campaign {
  readonly #settings: KillSettings
  readonly #folder: string
  readonly #zone: OpenZone
  readonly #dns: DnsServer
  readonly #peers: Peers
  readonly #ledger: Ledger
  readonly #counts = { done: 0, ofProcess: 0, ofStore: 0, acknowledged: 0, released: 0 }
  readonly #lost: string[] = []
  #relay: RelayProcess | undefined
  #sent = 0
  #isSending = true

  private constructor(settings: KillSettings, ledger: Ledger, peers: Peers, zone: OpenZone, dns: DnsServer) {
    this.#settings = settings
    this.#ledger = ledger
    this.#peers = peers
    this.#zone = zone
    this.#dns = dns
    this.#folder = mkdtempSync(join(tmpdir(), 'dkim2-kills-'))
  }

  static async begin(settings: KillSettings): Promise<Campaign> {
    const ledger = new Ledger()
    const zone: OpenZone = {}
    const random = randomFrom(settings.seed)
    const peers = await startPeers(destinations, ledger, random, settings.among ?? hostilities)
    return new Campaign(settings, ledger, peers, zone, await DnsServer.start(zone, { isRegistered: true }))
  }

  async run(): Promise<KillFigures> {
    const { from, kills, settleEvery, seed, progress } = this.#settings
    const sending = Array.from({ length: clients }, (_, client) => this.#load(client))
    for (let number = from; number < from + kills; number++) {
      await this.#killOnce(randomFrom(seed ^ Math.imul(number + 1, 0x9e3779b1)))
      this.#counts.done += 1
      const isLast = number === from + kills - 1
      if (isLast || this.#counts.done % settleEvery === 0) await this.#settle()
      progress(this.#figures())
    }
    this.#isSending = false
    await Promise.all(sending)
    await this.#settle()
    return this.#figures()
  }

  async end(): Promise<void> {
    this.#isSending = false
    await this.#relay?.end('SIGKILL')
    await this.#peers.close()
    await this.#dns.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #killOnce(random: Random): Promise<void> {
    const relay = await this.#start()
    await pause(random.below(1_500))
    const isStore = random.oneIn(3)
    if (isStore) process.kill(relay.pid, 'SIGWINCH')
    else process.kill(relay.pid, 'SIGKILL')
    const isDead = await Promise.race([
      relay.ended.then(() => true),
      pause(deathMilliseconds, false, { ref: false }),
    ])
    if (!isDead) throw new Error(`the relay lives on without its store:\n${relay.log().slice(-2_000)}`)
    this.#counts[isStore ? 'ofStore' : 'ofProcess'] += 1
    this.#relay = undefined
    this.#ledger.life += 1
  }

  async #start(): Promise<RelayProcess> {
    this.#relay ??= await startRelayProcess(this.#config(), this.#folder, this.#zone, {
      program: storeFault,
    })
    return this.#relay
  }

  #config() {
    const names = Array.from({ length: destinations }, (_, at) => `d${at}.example`)
    const routes = names.map((name, at) => {
      const port = this.#peers.sinks[at]?.port ?? 0
      return [name, { host: '127.0.0.1', port, tls: 'none' as const }] as const
    })
    const aliases = {
      ...Object.fromEntries(names.map((name, at) => [`to${at}`, [`one@${name}`]])),
      all: names.map(name => `one@${name}`),
    }
    const config = {
      domains: { 'alias.example': { aliases } },
      routes: Object.fromEntries(routes),
      queue: { retrySeconds: [1], thenEverySeconds: 1 },
      delivery: {
        connectTimeoutSeconds: 5,
        greetingTimeoutSeconds: 5,
        commandTimeoutSeconds: 5,
        dataTimeoutSeconds: 30,
      },
      log: { level: 'warn', format: 'json' } as const,
    }
    return testConfig({ dns: this.#dns, config }, this.#folder)
  }

  /** Sends one message after the other, to one recipient or to all; what is not acknowledged is not owed. */
  async #load(client: number): Promise<void> {
    const random = randomFrom(this.#settings.seed + client)
    while (this.#isSending) {
      const port = this.#relay?.port
      if (port === undefined || this.#ledger.missing.length > maxOutstanding) {
        await pause(50)
        continue
      }
      const subject = `k${this.#settings.seed}-${this.#sent++}`
      const at = random.below(destinations)
      const toAll = random.oneIn(5)
      const mail = {
        from: 'a@origin.example',
        to: [toAll ? 'all@alias.example' : `to${at}@alias.example`],
        octets: plainMessage({ subject, body: 'x'.repeat(random.below(20_000)) }),
      }
      const reply = await send(port, mail).catch(() => undefined)
      if (reply?.data.startsWith('250') !== true) {
        await pause(20)
        continue
      }
      this.#counts.acknowledged += 1
      const targets = toAll ? Array.from({ length: destinations }, (_, n) => n) : [at]
      for (const target of targets) this.#ledger.owed.add(`${subject} one@d${target}.example`)
    }
  }

  /** Every next hop is well, the operator releases what is held: all that was promised arrives. */
  async #settle(): Promise<void> {
    this.#peers.heal()
    const relay = await this.#start()
    const deadline = performance.now() + settleMilliseconds
    const owed = new Set(this.#ledger.missing)
    const isMissing = () => this.#ledger.missing.filter(copy => owed.has(copy))
    while (isMissing().length > 0 && performance.now() < deadline) {
      this.#release()
      await pause(500)
    }
    for (const copy of isMissing()) this.#lost.push(copy)
    for (const copy of isMissing()) this.#ledger.owed.delete(copy)
    if (this.#lost.length > 0) process.stderr.write(`${relay.log().slice(-3_000)}\n`)
    this.#peers.sicken()
  }

  #release(): void {
    const file = join(this.#folder, 'data', 'relay.sqlite')
    const reader = openReader(file)
    const isHeld = reader.suspectWork().some(one => one.isHeld)
    reader.close()
    if (!isHeld) return
    const writer = openWriter(file)
    this.#counts.released += writer.releaseDeliveries({ kind: 'all' }, Date.now())
    writer.close()
  }

  #figures(): KillFigures {
    const { copies, duplicates } = this.#ledger
    return { ...this.#counts, copies, ...duplicates, lost: this.#lost }
  }
}
