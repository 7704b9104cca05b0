/**
 * Follows the SMTP dialogue of one connection: which step waits for the peer, what it announced, how long it may take.
 * nodemailer reports every command and every reply to its logger; this is that logger. Its errors alone do not tell in
 * which step a connection broke.
 */
import { announcedLines, readExtensions } from '../smtp/ehlo-reply.ts'
import type { Phase } from './outcome.ts'
import type { DeliverSettings } from './settings.ts'

/** The words in which time limits and outcomes name a step; RSET and QUIT belong to no message. */
type Step = Phase | 'rset' | 'quit'

const stepOfVerb: Readonly<Record<string, Step>> = {
  EHLO: 'ehlo',
  HELO: 'ehlo',
  STARTTLS: 'starttls',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'rset',
  QUIT: 'quit',
  // An empty message after DATA that should have been refused: see nodemailer, pipelining.
  '.': 'body',
}

interface LogEntry {
  readonly tnx?: string | undefined
}

export class Dialogue {
  readonly #settings: DeliverSettings
  readonly #expired: (reason: string) => void
  /** Steps whose reply has not come yet, oldest first: with PIPELINING up to three. */
  #pending: Step[] = ['greeting']
  #sent = 0
  #answered: Step = 'connect'
  #greeting: string | undefined
  #announced: readonly string[] = []
  #extensions: ReadonlyMap<string, string> = new Map()
  #timer: NodeJS.Timeout | undefined
  #over = false

  /** @param expired is called when the peer takes longer than a step may take */
  constructor(settings: DeliverSettings, expired: (reason: string) => void) {
    this.#settings = settings
    this.#expired = expired
    this.#watch()
  }

  /** What nodemailer logs to, in the form that it expects. */
  readonly logger = {
    trace: () => undefined,
    debug: (entry: LogEntry | string | undefined, text?: string) => this.#logged(entry, text ?? ''),
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    fatal: () => undefined,
  }

  /** How many replies the peer owes: one for each command that was sent, the greeting, and the end of a message. */
  get owed(): number {
    return this.#pending.length
  }

  /** Commands that were sent, and ends of messages. */
  get sent(): number {
    return this.#sent
  }

  /** The step that waits for the peer; the last one when none waits. */
  get waiting(): Phase {
    return phaseOf(this.#pending[0] ?? this.#answered)
  }

  /** The step that the peer answered last. */
  get answered(): Phase {
    return phaseOf(this.#answered)
  }

  /** The words of the greeting without its code; undefined before it came. */
  get greeting(): string | undefined {
    return this.#greeting
  }

  /** The lines of the reply to the last EHLO without their code, the first one with the name of the host. */
  get announced(): readonly string[] {
    return this.#announced
  }

  /** Extensions of the last EHLO, keywords in upper case, with their parameters (RFC 5321 section 4.1.1.1). */
  get extensions(): ReadonlyMap<string, string> {
    return this.#extensions
  }

  /** The message is being sent: its reply is awaited from now on. */
  bodyBegins(): void {
    this.#pending.push('body')
    this.#sent++
    this.#limit(this.#settings.transferMilliseconds, 'the message was not taken in time')
  }

  /** The last octet is out: only the reply is missing. */
  bodyEnds(): void {
    if (this.#pending[0] !== 'body') return
    this.#limit(this.#settings.finalReplyMilliseconds, 'no reply after the end of the message in time')
  }

  /** The connection is of no use any more: nothing is watched. */
  end(): void {
    this.#over = true
    clearTimeout(this.#timer)
  }

  #logged(entry: LogEntry | string | undefined, text: string): void {
    if (typeof entry !== 'object') return
    if (entry.tnx === 'client') this.#command(text)
    else if (entry.tnx === 'server') this.#reply(text)
  }

  #command(line: string): void {
    const verb = line.split(/[ :]/, 1)[0] ?? ''
    this.#pending.push(stepOfVerb[verb] ?? 'ehlo')
    this.#sent++
    if (this.#pending.length === 1) this.#watch()
  }

  #reply(text: string): void {
    const step = this.#pending.shift()
    // Nobody asked: nodemailer closes the connection, and the step before stays the last one.
    if (step === undefined) return
    this.#answered = step
    if (step === 'greeting') this.#greeting = linesOf(text).join('\n')
    if (step === 'ehlo') {
      this.#announced = announcedLines(text)
      this.#extensions = readExtensions(this.#announced)
    }
    if (step === 'starttls' && text.startsWith('2')) {
      this.#limit(this.#settings.handshakeMilliseconds, 'TLS handshake not finished in time')
    } else this.#watch()
  }

  /** Sets the limit of the step that waits now; an unused connection has none. */
  #watch(): void {
    const step = this.#pending[0]
    const { greetingMilliseconds, commandMilliseconds, quitMilliseconds } = this.#settings
    if (step === undefined) clearTimeout(this.#timer)
    else if (step === 'greeting') this.#limit(greetingMilliseconds, 'no greeting in time')
    else if (step === 'quit') this.#limit(quitMilliseconds, 'no reply to QUIT in time')
    else this.#limit(commandMilliseconds, `no reply to ${step.toUpperCase()} in time`)
  }

  #limit(milliseconds: number, reason: string): void {
    clearTimeout(this.#timer)
    if (this.#over) return
    this.#timer = setTimeout(this.#expired, milliseconds, reason)
  }
}

function phaseOf(step: Step): Phase {
  return step === 'rset' || step === 'quit' ? 'mail' : step
}

/** The lines of a reply without their code. */
function linesOf(reply: string): string[] {
  return reply.split(/\r?\n/).map(line => line.slice(4).trim())
}
