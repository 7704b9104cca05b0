/** Passwords come from the keyboard, without an echo, or from standard input; never from the command line, which everybody on a machine sees. */
import type { Readable } from 'node:stream'
import { ReadStream } from 'node:tty'
import { passwordProblem } from '../../accounts/password.ts'
import type { Terminal } from '../terminal.ts'
import { UsageError } from '../terminal.ts'

/** Longer than any password that is taken; what never ends is not read to its end. */
const maxLineOctets = 4_096

/**
 * A new password: asked for twice on a terminal, otherwise the first line of standard input.
 *
 * @throws UsageError for one that cannot be a password, or two that differ
 */
export async function newPassword(name: string, terminal: Terminal): Promise<string> {
  const { stdin } = terminal
  const password =
    stdin instanceof ReadStream ? await typedTwice(name, stdin, terminal) : await firstLine(stdin)
  const problem = passwordProblem(password)
  if (problem !== undefined) throw new UsageError(`expected ${problem}`)
  return password
}

async function typedTwice(name: string, keyboard: ReadStream, terminal: Terminal): Promise<string> {
  const password = await typed(`Password for ${name}: `, keyboard, terminal)
  const again = await typed('The same again: ', keyboard, terminal)
  if (password !== again) throw new UsageError('the two passwords are not the same')
  return password
}

async function typed(question: string, keyboard: ReadStream, terminal: Terminal): Promise<string> {
  // Before the question: what is typed at once must not be echoed either.
  keyboard.setRawMode(true)
  terminal.note(question)
  try {
    return await keysUntilEnter(keyboard)
  } finally {
    keyboard.setRawMode(false)
    keyboard.pause()
    terminal.note('\n')
  }
}

function keysUntilEnter(keyboard: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const octets: number[] = []
    const end = (finish: () => void) => {
      keyboard.off('data', take)
      finish()
    }
    const take = (chunk: Buffer) => {
      for (const octet of chunk) {
        if (octet === 0x0d || octet === 0x0a) return end(() => resolve(Buffer.from(octets).toString()))
        // Ctrl-C and Ctrl-D; nothing else ends a program in raw mode.
        if (octet === 0x03 || octet === 0x04) return end(() => reject(new UsageError('given up')))
        if (octet === 0x7f || octet === 0x08) removeCharacter(octets)
        else if (octets.length < maxLineOctets) octets.push(octet)
      }
    }
    keyboard.on('data', take)
    keyboard.resume()
  })
}

/** All octets of the last character in UTF-8. */
function removeCharacter(octets: number[]): void {
  while (((octets.pop() ?? 0) & 0xc0) === 0x80);
}

async function firstLine(stdin: Readable): Promise<string> {
  let read = Buffer.alloc(0)
  for await (const chunk of stdin) {
    read = Buffer.concat([read, Buffer.from(chunk)])
    if (read.includes(0x0a) || read.length > maxLineOctets) break
  }
  return read.toString().split(/\r?\n/)[0] ?? ''
}
