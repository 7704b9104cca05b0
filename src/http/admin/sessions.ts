/** Who has signed in to the pages. Sessions live in memory: a restart of the relay ends them. Pure but for what it remembers. */
import { createHash, timingSafeEqual } from 'node:crypto'

export interface SessionSettings {
  readonly idleMilliseconds: number
  readonly lifetimeMilliseconds: number
}

export interface AdminSession {
  readonly adminId: number
  /** As the store had it when the session began: a later change of role or password ends it. */
  readonly changedAt: number
  /** What forms of this session carry: another site cannot know it. */
  readonly csrf: string
}

interface Kept extends AdminSession {
  readonly beganAt: number
  readonly usedAt: number
}

/** Each is some hundred octets and one person has a handful; the one that began first ends where there are more. */
const maxSessions = 500

const tokenOctets = 32

export class AdminSessions {
  /** By the hash of the token: what is read from memory signs nobody in, and looking one up tells nothing by its time. */
  readonly #sessions = new Map<string, Kept>()

  /** @param now Unix milliseconds @returns the token for the cookie */
  open(
    admin: { readonly id: number; readonly changedAt: number },
    now: number,
    random: (octets: number) => Buffer,
  ): string {
    const token = random(tokenOctets).toString('base64url')
    const csrf = random(tokenOctets).toString('base64url')
    const [first] = this.#sessions.keys()
    if (this.#sessions.size >= maxSessions && first !== undefined) this.#sessions.delete(first)
    const session = { adminId: admin.id, changedAt: admin.changedAt, csrf, beganAt: now, usedAt: now }
    this.#sessions.set(keyOf(token), session)
    return token
  }

  /** The session of a token, used now; undefined: there is none, or its time is over. */
  use(token: string, now: number, settings: SessionSettings): AdminSession | undefined {
    const key = keyOf(token)
    const session = this.#sessions.get(key)
    if (session === undefined) return undefined
    const isOver =
      now - session.usedAt > settings.idleMilliseconds ||
      now - session.beganAt > settings.lifetimeMilliseconds
    if (isOver) this.#sessions.delete(key)
    else this.#sessions.set(key, { ...session, usedAt: now })
    return isOver ? undefined : session
  }

  close(token: string): void {
    this.#sessions.delete(keyOf(token))
  }
}

/** Whether a form was made for this session. */
export function isFormOf({ csrf }: Pick<AdminSession, 'csrf'>, given: unknown): boolean {
  if (typeof given !== 'string') return false
  const [ours, theirs] = [Buffer.from(csrf), Buffer.from(given)]
  return ours.length === theirs.length && timingSafeEqual(ours, theirs)
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
