/**
 * An authoritative name server on 127.0.0.1, UDP and TCP on one ephemeral port, for tests and the demo. Its zone is data in
 * the format of src/dns/zone-resolver.ts; a test can make it misbehave for a name and count what it was asked.
 */
import dgram from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import packet, { type Answer, type DecodedPacket, type Packet, type Question } from 'dns-packet'
import type { Zone } from '../../src/dns/zone-resolver.ts'

/**
 * `truncate`: over UDP only, so that the client comes back over TCP. `nothing`: no answer at all. `lame`: an empty answer of a server
 * that does not know the name. A function gives the octets to send, one after the other.
 */
export type DnsBehaviour = 'servfail' | 'refused' | 'nxdomain' | 'nothing' | 'truncate' | 'lame' | DnsForgery
export type DnsForgery = (asked: DnsQuestion) => readonly Buffer[]

export interface DnsQuestion {
  readonly query: DecodedPacket
  readonly transport: 'udp' | 'tcp'
  /** What the server would have said. */
  readonly usual: Buffer
}

export interface DnsServerSettings {
  readonly ttlSeconds?: number
  /** Sets the AD bit, as a resolver that has validated the answer does. */
  readonly authenticData?: boolean
  /** A start of authority comes with every negative answer, with this minimum (RFC 2308 section 3). */
  readonly minimumSeconds?: number
  /** Every name of two labels exists, whether the zone has records of it or not: senders of domains that nobody registered are refused. */
  readonly isRegistered?: boolean
}

export interface DnsQuery {
  readonly name: string
  readonly type: string
  readonly transport: 'udp' | 'tcp'
  readonly id: number
  /** Port that it came from. */
  readonly port: number
}

/** As dns-packet calls types that it has no name for. */
const wireTypes: Readonly<Record<string, string>> = {
  smimea: 'UNKNOWN_53',
  openpgpkey: 'UNKNOWN_61',
  uri: 'UNKNOWN_256',
}

const codes = { nxdomain: 3, servfail: 2, refused: 5 } as const

export class DnsServer {
  /** Every question, in order of arrival. */
  readonly queries: DnsQuery[] = []
  readonly #zone: Zone
  readonly #settings: DnsServerSettings
  readonly #behaviour = new Map<string, DnsBehaviour>()
  readonly #udp = dgram.createSocket('udp4')
  readonly #tcp: Server
  readonly #sockets = new Set<Socket>()
  #onTcp: ((socket: Socket) => void) | undefined
  #waiting: (() => void)[] = []

  private constructor(zone: Zone, settings: DnsServerSettings) {
    this.#zone = zone
    this.#settings = settings
    this.#tcp = createServer(socket => this.#acceptTcp(socket))
    this.#udp.on('message', (octets, from) => {
      for (const reply of this.#replies(octets, 'udp', from.port))
        this.#udp.send(reply, from.port, from.address)
    })
  }

  static async start(zone: Zone, settings: DnsServerSettings = {}): Promise<DnsServer> {
    const server = new DnsServer(zone, settings)
    await server.#listen()
    return server
  }

  get port(): number {
    return this.#udp.address().port
  }

  /** For the settings of a resolver. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** From now on treats this name so; undefined goes back to the zone. */
  behave(name: string, behaviour: DnsBehaviour | undefined): this {
    if (behaviour === undefined) this.#behaviour.delete(name)
    else this.#behaviour.set(name, behaviour)
    return this
  }

  /** From now on connections over TCP are handed to this, and nobody reads what comes. */
  onTcp(serve: (socket: Socket) => void): void {
    this.#onTcp = serve
  }

  /** Resolves as soon as the condition holds; it is looked at again at every question. */
  async until(condition: (server: DnsServer) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** How often this name was asked for, of any type or of one. */
  count(name: string, type?: string): number {
    return this.queries.filter(query => query.name === name && (type === undefined || query.type === type))
      .length
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    const closed = [once(this.#udp, 'close'), once(this.#tcp, 'close')]
    this.#udp.close()
    this.#tcp.close()
    await Promise.all(closed)
  }

  /** TCP takes a free port; the same one may be taken for UDP, then another pair is tried. */
  async #listen(): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      this.#tcp.listen(0, '127.0.0.1')
      await once(this.#tcp, 'listening')
      const { port } = this.#tcp.address() as AddressInfo
      this.#udp.bind(port, '127.0.0.1')
      const isBound = await once(this.#udp, 'listening').then(
        () => true,
        () => false,
      )
      if (isBound) return
      this.#tcp.close()
      await once(this.#tcp, 'close')
    }
    throw new Error('no port is free for both UDP and TCP')
  }

  #acceptTcp(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    if (this.#onTcp !== undefined) return this.#onTcp(socket)
    let received = Buffer.alloc(0)
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        for (const reply of this.#replies(received.subarray(2, end), 'tcp', socket.remotePort ?? 0)) {
          const length = Buffer.alloc(2)
          length.writeUInt16BE(reply.length)
          socket.write(Buffer.concat([length, reply]))
        }
        received = received.subarray(end)
      }
    })
  }

  #replies(octets: Buffer, transport: 'udp' | 'tcp', port: number): readonly Buffer[] {
    const query = packet.decode(octets)
    const question = query.questions?.[0]
    if (question === undefined) return []
    const name = question.name.toLowerCase()
    this.queries.push({ name, type: question.type, transport, id: query.id ?? 0, port })
    for (const wake of this.#waiting.splice(0)) wake()
    const behaviour = this.#behaviour.get(name)
    if (behaviour === 'nothing') return []
    const base: Packet = {
      type: 'response',
      ...(query.id !== undefined && { id: query.id }),
      questions: [question],
    }
    const usual = this.#answer(base, question, transport)
    if (behaviour === undefined) return [usual]
    if (typeof behaviour === 'function') return behaviour({ query, transport, usual })
    if (behaviour === 'truncate')
      return transport === 'tcp' ? [usual] : [packet.encode({ ...base, flags: packet.TRUNCATED_RESPONSE })]
    return [packet.encode({ ...base, flags: behaviour === 'lame' ? 0 : codes[behaviour] })]
  }

  #answer(base: Packet, question: Question, transport: 'udp' | 'tcp'): Buffer {
    const { authenticData = false, minimumSeconds } = this.#settings
    const { exists, answers } = this.#lookUp(question.name.toLowerCase(), question.type, 0)
    const isNegative = !answers.some(answer => answer.type === question.type)
    const authorities = isNegative && minimumSeconds !== undefined ? [startOfAuthority(minimumSeconds)] : []
    const flags =
      packet.AUTHORITATIVE_ANSWER |
      (exists ? 0 : codes.nxdomain) |
      (authenticData ? packet.AUTHENTIC_DATA : 0)
    const whole = packet.encode({ ...base, flags, answers, authorities })
    const fits = transport === 'tcp' || whole.length <= 1_232
    return fits ? whole : packet.encode({ ...base, flags: flags | packet.TRUNCATED_RESPONSE })
  }

  #lookUp(name: string, type: string, depth: number): { exists: boolean; answers: Answer[] } {
    const entries = Object.entries(this.#zone).flatMap(([domain, labels]) =>
      Object.entries(labels)
        .filter(
          ([label]) => (label === '' || label === '@' ? domain : `${label}.${domain}`).toLowerCase() === name,
        )
        .flatMap(([, found]) => found),
    )
    const alias = entries.find(entry => entry[0] === 'cname')
    if (alias !== undefined && depth < 4) {
      const target = String(alias[1])
      const rest = this.#lookUp(target.toLowerCase(), type, depth + 1)
      const answer: Answer = { name, type: 'CNAME', ttl: this.#settings.ttlSeconds ?? 60, data: target }
      return { exists: true, answers: [answer, ...rest.answers] }
    }
    const asked = entries.filter(entry => (wireTypes[entry[0]] ?? entry[0].toUpperCase()) === type)
    return {
      exists: entries.length > 0 || this.#exists(name),
      answers: asked.map(entry => this.#record(name, type, entry[1])),
    }
  }

  /** A name with names below it exists (RFC 8020). */
  #exists(name: string): boolean {
    if (this.#settings.isRegistered === true && name.split('.').length === 2) return true
    return Object.entries(this.#zone).some(([domain, labels]) =>
      Object.keys(labels).some(label =>
        `${label === '@' ? '' : label}.${domain}`.toLowerCase().endsWith(`.${name}`),
      ),
    )
  }

  #record(name: string, type: string, value: string | readonly string[]): Answer {
    const numbers = String(value).split(/ +/)
    const last = (numbers.at(-1) ?? '').replace(/\.$/, '')
    const [first = 0, second = 0, third = 0] = numbers.map(Number)
    const base = { name, ttl: this.#settings.ttlSeconds ?? 60 }
    if (type === 'MX') return { ...base, type, data: { preference: first, exchange: last } }
    if (type === 'SRV')
      return { ...base, type, data: { priority: first, weight: second, port: third, target: last } }
    if (type === 'PTR') return { ...base, type, data: String(value) }
    if (type === 'TXT') return { ...base, type, data: strings(value) }
    if (type === 'TLSA') {
      const certificate = Buffer.from(numbers.slice(3).join(''), 'hex')
      return { ...base, type, data: { usage: first, selector: second, matchingType: third, certificate } }
    }
    if (type === 'PTR') return { ...base, type, data: last }
    if (type === wireTypes.uri) return { ...base, type: type as 'NULL', data: uriRecord(String(value)) }
    const unnamed = Object.values(wireTypes).includes(type)
    if (unnamed)
      return { ...base, type: type as 'NULL', data: Buffer.from(String(value).replaceAll(' ', ''), 'hex') }
    return { ...base, type: type === 'AAAA' ? 'AAAA' : 'A', data: String(value) }
  }
}

function startOfAuthority(minimum: number): Answer {
  const data = { mname: 'ns.example', rname: 'hostmaster.example', minimum }
  return { name: 'example', type: 'SOA', ttl: 3_600, data }
}

function uriRecord(value: string): Buffer {
  const [priority, weight, target = ''] = value.split(/ +/)
  const numbers = Buffer.alloc(4)
  numbers.writeUInt16BE(Number(priority), 0)
  numbers.writeUInt16BE(Number(weight), 2)
  return Buffer.concat([numbers, Buffer.from(target)])
}

/** The strings of a TXT record: given ones, or a text cut into pieces of 255 octets (RFC 1035 section 3.3.14). */
function strings(value: string | readonly string[]): Buffer[] {
  if (typeof value !== 'string') return value.map(text => Buffer.from(text))
  const octets = Buffer.from(value)
  const count = Math.max(1, Math.ceil(octets.length / 255))
  return Array.from({ length: count }, (_, at) => octets.subarray(at * 255, (at + 1) * 255))
}
