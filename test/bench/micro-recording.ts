/**
 * Which hashes and signatures a piece of work computes: the work is done once while the functions of node:crypto note their
 * arguments. Done again by itself, the record is the cryptography of that work alone, of the same octets with the same keys,
 * on the same threads.
 */
import crypto, { type Hash } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Work } from './micro-timing.ts'

const original = {
  hash: crypto.hash,
  createHash: crypto.createHash,
  sign: crypto.sign,
  verify: crypto.verify,
}

/** Of any of the four functions. */
type Arguments = readonly unknown[]
type AnyFunction = (...parameters: Arguments) => unknown

/**
 * Does the work once. Nothing else may use node:crypto meanwhile.
 *
 * @returns its cryptography; undefined for work without any
 */
export async function cryptographyOf(work: Work): Promise<Work | undefined> {
  const calls: Work[] = []
  replaceFunctions({
    hash: noting(original.hash as AnyFunction, calls),
    createHash: notingHash(calls),
    sign: notingPooled(original.sign as AnyFunction, calls),
    verify: notingPooled(original.verify as AnyFunction, calls),
  })
  try {
    await work()
  } finally {
    replaceFunctions(original)
  }
  return calls.length === 0 ? undefined : () => Promise.all(calls.map(call => call()))
}

/** `import { hash } from 'node:crypto'` sees the change: such bindings are live. */
function replaceFunctions(functions: object): void {
  Object.assign(crypto, functions)
  syncBuiltinESMExports()
}

function noting(run: AnyFunction, calls: Work[]): AnyFunction {
  return (...parameters) => {
    calls.push(() => run(...parameters))
    return run(...parameters)
  }
}

/** With a callback, which runs in the thread pool, as the core calls them; without one it is done at once. */
function notingPooled(run: AnyFunction, calls: Work[]): AnyFunction {
  return (...parameters) => {
    if (typeof parameters.at(-1) !== 'function') return noting(run, calls)(...parameters)
    const given = parameters.slice(0, -1)
    calls.push(() => new Promise(resolve => run(...given, resolve)))
    return run(...parameters)
  }
}

function notingHash(calls: Work[]): AnyFunction {
  return (...parameters) => {
    const create = () => (original.createHash as AnyFunction)(...parameters) as Hash
    const chunks: Buffer[] = []
    calls.push(() => {
      const again = create()
      for (const chunk of chunks) again.update(chunk)
      again.digest()
    })
    const noted = create()
    const update = noted.update.bind(noted)
    return Object.assign(noted, {
      update(chunk: Buffer) {
        chunks.push(chunk)
        update(chunk)
        return noted
      },
    })
  }
}
