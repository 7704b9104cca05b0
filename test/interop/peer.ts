/** One live peer: another implementation of DKIM2 in a process of its own, asked a line at a time. `protocol.md`. */

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { State } from '../../src/dkim2/index.ts'

/** TXT records by name; null makes the look-up fail for now. */
export type Zone = Readonly<Record<string, readonly string[] | null>>

/** Paths with angle brackets, as SMTP writes them. */
export interface Paths {
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
}

export interface VerifyRequest extends Paths {
  readonly message: Buffer
  readonly zone: Zone
  readonly nowSeconds: number
}

export interface PeerKey {
  readonly selector: string
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256' | 'mldsa44'
  /** PKCS #8. */
  readonly pem: string
  /** How it joins the key before it: all must pass, or any. */
  readonly join?: ',' | '|'
}

export interface SignRequest extends Paths {
  /** As it goes out, with the DKIM2 fields it came with. */
  readonly message: Buffer
  /** As it came in; absent for the first hop. */
  readonly received?: Paths & { readonly message: Buffer }
  readonly domain: string
  readonly keys: readonly PeerKey[]
  readonly hashes?: readonly ('sha256' | 'sha512')[]
  readonly flags?: readonly string[]
  readonly nonce?: string
  readonly exploded?: boolean
  readonly nextDomain?: string
  readonly outOfBand?: boolean
  readonly zone: Zone
  readonly nowSeconds: number
}

/** What a peer answers: a verdict, a signed message, or why there is none. */
export type PeerVerdict = { readonly state: State; readonly detail: string } | Declined
export type PeerSigned = { readonly message: Buffer } | Declined
/** `unsupported`: its interface has no such thing. `error`: it refused. */
export interface Declined {
  readonly declined: 'unsupported' | 'error'
  readonly reason: string
}

export interface About {
  readonly name: string
  readonly version: string
  /** Of draft-ietf-dkim-dkim2-spec. */
  readonly revision: string
}

interface Answer {
  readonly result?: State
  readonly detail?: string
  readonly message?: string
  readonly unsupported?: string
  readonly error?: string
  readonly about?: About
}

interface Waiting {
  resolve(answer: Answer): void
  reject(problem: Error): void
}

export class Peer {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  /** Requests in the order in which they were sent; answers come in the same order. */
  readonly #waiting: Waiting[] = []

  constructor(program: string, args: readonly string[] = []) {
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const fail = (problem: Error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(problem)
    }
    this.#process.on('error', fail)
    this.#process.on('exit', code => fail(new Error(`the peer ended with status ${code}`)))
    this.#process.stdin.on('error', fail)
    const lines = createInterface({ input: this.#process.stdout })
    lines.on('line', line => this.#waiting.shift()?.resolve(JSON.parse(line) as Answer))
  }

  /** What the peer is; declined where it cannot do its work on this system. */
  async about(): Promise<About | Declined> {
    const answer = await this.#ask({ op: 'about' })
    return answer.about ?? declined(answer)
  }

  async verify(request: VerifyRequest): Promise<PeerVerdict> {
    const answer = await this.#ask({
      op: 'verify',
      message: request.message.toString('base64'),
      ...written(request),
      dns: request.zone,
      now: request.nowSeconds,
    })
    if (answer.result) return { state: answer.result, detail: answer.detail ?? '' }
    return declined(answer)
  }

  async sign(request: SignRequest): Promise<PeerSigned> {
    const { received } = request
    const answer = await this.#ask({
      op: 'sign',
      message: request.message.toString('base64'),
      received: received && { message: received.message.toString('base64'), ...written(received) },
      ...written(request),
      next_domain: request.nextDomain,
      domain: request.domain,
      keys: request.keys,
      hashes: request.hashes ?? ['sha256'],
      flags: request.flags ?? [],
      nonce: request.nonce,
      exploded: request.exploded ?? false,
      out_of_band: request.outOfBand ?? false,
      dns: request.zone,
      now: request.nowSeconds,
    })
    return answer.message === undefined
      ? declined(answer)
      : { message: Buffer.from(answer.message, 'base64') }
  }

  /** Whether a delivery status notification is authentic for who receives it in this envelope. */
  async judgeReport(request: VerifyRequest): Promise<PeerVerdict> {
    const answer = await this.#ask({
      op: 'dsn',
      message: request.message.toString('base64'),
      ...written(request),
      dns: request.zone,
      now: request.nowSeconds,
    })
    if (answer.result) return { state: answer.result, detail: answer.detail ?? '' }
    return declined(answer)
  }

  /** Lets the process end by itself. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const ended = new Promise(resolve => this.#process.once('exit', resolve))
    this.#process.stdin.end()
    await ended
  }

  #ask(request: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    })
  }
}

function written({ reversePath, forwardPaths }: Paths): object {
  return { mail_from: reversePath, rcpt_to: forwardPaths }
}

function declined(answer: Answer): Declined {
  if (answer.unsupported !== undefined) return { declined: 'unsupported', reason: answer.unsupported }
  return { declined: 'error', reason: answer.error ?? 'no answer' }
}
