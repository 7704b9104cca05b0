/**
 * The mechanisms of AUTH (RFC 4954): PLAIN (RFC 4616), LOGIN (as clients know it) and SCRAM-SHA-256 (RFC 7677). smtp-server has the first
 * two and no way to add one; so all three stand here, each as a dialog that yields what the client is sent and ends with a judgement.
 */
import { isUtf8 } from 'node:buffer'
import { judgeClientFinal, readClientFirst, serverFirst } from '../accounts/scram.ts'
import { badAuthMessage, wrongPassword } from '../smtp/replies.ts'
import type { SignIn, SignInOrigin, SubmissionHooks } from './submitter.ts'

/** Yields challenges, is given the responses of the client. */
export type SaslDialog = AsyncGenerator<string, SignIn, Buffer>

/** @param initial the initial response, where the client sent one with its command */
type Mechanism = (initial: Buffer | undefined, hooks: SubmissionHooks, origin: SignInOrigin) => SaslDialog

async function* plain(initial: Buffer | undefined, hooks: SubmissionHooks, origin: SignInOrigin): SaslDialog {
  const message = textOf(initial ?? (yield ''))
  const [authorization, name, password, ...more] = message?.split('\0') ?? []
  if (!name || !password || more.length > 0) return malformed
  // Nobody acts as somebody else.
  if (authorization !== '' && authorization !== name) return refused
  return hooks.checkPassword(name, password, origin)
}

async function* login(initial: Buffer | undefined, hooks: SubmissionHooks, origin: SignInOrigin): SaslDialog {
  const name = textOf(initial ?? (yield 'Username:'))
  const password = textOf(yield 'Password:')
  return name && password ? hooks.checkPassword(name, password, origin) : malformed
}

async function* scramSha256(
  initial: Buffer | undefined,
  hooks: SubmissionHooks,
  origin: SignInOrigin,
): SaslDialog {
  const first = readClientFirst(textOf(initial ?? (yield '')) ?? '')
  if (first === undefined) return malformed
  const { name, authorization } = first
  const start = await hooks.beginScram(name, origin)
  if (start.kind === 'refused') return start
  const { verifier } = start
  const exchange = { first, verifier, serverFirst: serverFirst(first, start.nonce, verifier) }
  const final = judgeClientFinal(textOf(yield exchange.serverFirst) ?? '', exchange)
  const isItself = authorization === '' || authorization === name
  const signIn = await hooks.endScram(name, final !== undefined && isItself, origin)
  // SMTP has no place for data in its success reply: the proof goes in a challenge, which the client answers with nothing.
  if (signIn.kind === 'signed-in' && (yield final ?? '').length > 0) return malformed
  return signIn
}

/** By their names in AUTH, the one to be preferred first. */
export const mechanisms: ReadonlyMap<string, Mechanism> = new Map([
  ['SCRAM-SHA-256', scramSha256],
  ['PLAIN', plain],
  ['LOGIN', login],
])

const malformed: SignIn = { kind: 'refused', reply: badAuthMessage }
const refused: SignIn = { kind: 'refused', reply: wrongPassword }

function textOf(octets: Buffer): string | undefined {
  return isUtf8(octets) ? octets.toString() : undefined
}
