/**
 * What a large body is searched for, sixteen octets at a time: JavaScript has no instruction for that, so these loops are WebAssembly.
 * What it brings stands in docs/decisions/processor-time.md. Octets are copied into the module's memory in stretches that stay in
 * the processor's cache.
 */

import { type WasmFunction, wasmModule } from './wasm-text.ts'

/** Octets looked at in one call. */
export const stretchBytes = 64 * 1024

/**
 * Gives the number of octets written, or -1 where they are those read. The two octets from `to` on are looked at too; what is read
 * and written behind them counts for nothing. Dropping an octet is a second store, of what follows it, on top of the first: a store too
 * many costs less than a branch that every line takes another way.
 */
const reduceCode: WasmFunction = {
  name: 'reduce',
  parameters: ['at', 'to', 'target'],
  locals: {
    start: 'i32',
    dropped: 'i32',
    left: 'i32',
    changed: 'i32',
    octets: 'v128',
    tabs: 'v128',
    after: 'v128',
  },
  text: `
    local.get target  local.set start
    block loop
      local.get at  local.get to  i32.ge_u  br_if 1
      local.get at  v128.load 0  local.set octets
      local.get at  v128.load 1  local.set after
      local.get octets  i32.const 9  i8x16.splat  i8x16.eq  local.set tabs
      ;; white space that white space follows, or CRLF
      local.get octets  i32.const 32  i8x16.splat  i8x16.eq  local.get tabs  v128.or
      local.get after  i32.const 32  i8x16.splat  i8x16.eq
      local.get after  i32.const 9  i8x16.splat  i8x16.eq  v128.or
      local.get after  i32.const 13  i8x16.splat  i8x16.eq
      local.get at  v128.load 2  i32.const 10  i8x16.splat  i8x16.eq  v128.and  v128.or
      v128.and  i8x16.bitmask  local.set dropped
      local.get to  local.get at  i32.sub  i32.const 16  i32.lt_u  if
        local.get dropped  i32.const 1  local.get to  local.get at  i32.sub  i32.shl  i32.const 1  i32.sub
        i32.and  local.set dropped
      end
      local.get changed  local.get dropped  i32.or  local.get tabs  i8x16.bitmask  i32.or  local.set changed
      ;; a tab is a space: 9 with the bits of 41 turned over
      local.get target
      local.get octets  local.get tabs  i32.const 41  i8x16.splat  v128.and  v128.xor  v128.store 0
      local.get dropped  local.set left
      loop
        local.get target  local.get left  i32.const 1  i32.const 16  i32.shl  i32.or  i32.ctz  i32.add
        local.get at  local.get left  i32.const 1  i32.const 16  i32.shl  i32.or  i32.ctz  i32.add
        v128.load 1  local.set after
        local.get after
        local.get after  i32.const 9  i8x16.splat  i8x16.eq  i32.const 41  i8x16.splat  v128.and  v128.xor
        v128.store 0
        local.get target  local.get left  i32.eqz  i32.eqz  i32.sub  local.set target
        local.get left  local.get left  i32.const 1  i32.sub  i32.and  local.set left
        local.get left  br_if 0
      end
      local.get at  i32.const 16  i32.add  local.set at
      local.get target  i32.const 16  i32.add  local.set target
      br 0
    end end
    ;; what stands behind the end and was copied too is taken off
    local.get target  local.get start  i32.sub  local.get at  local.get to  i32.sub  i32.sub
    i32.const -1
    local.get changed  select
  `,
}

/** Counts each LF (10) with a CR before it; the octet before `at` is looked at too. */
const countCode: WasmFunction = {
  name: 'countLineEnds',
  parameters: ['at', 'to'],
  locals: { count: 'i32', found: 'i32' },
  text: `
    block loop
      local.get at  local.get to  i32.ge_u  br_if 1
      local.get at  v128.load 0  i32.const 10  i8x16.splat  i8x16.eq
      local.get at  i32.const 1  i32.sub  v128.load 0  i32.const 13  i8x16.splat  i8x16.eq
      v128.and  i8x16.bitmask  local.set found
      local.get to  local.get at  i32.sub  i32.const 16  i32.lt_u  if
        local.get found  i32.const 1  local.get to  local.get at  i32.sub  i32.shl  i32.const 1  i32.sub
        i32.and  local.set found
      end
      local.get count  local.get found  i32.popcnt  i32.add  local.set count
      local.get at  i32.const 16  i32.add  local.set at
      br 0
    end end
    local.get count
  `,
}

const pageBytes = 65_536
const from = 64
const target = 2 * pageBytes

interface Scanner {
  readonly octets: Uint8Array
  readonly reduce: (from: number, to: number, target: number) => number
  readonly countLineEnds: (from: number, to: number) => number
}

let opened: Scanner | undefined

function scanner(): Scanner {
  opened ??= open()
  return opened
}

function open(): Scanner {
  const module = new WebAssembly.Module(wasmModule([reduceCode, countCode], 4))
  const { memory, reduce, countLineEnds } = new WebAssembly.Instance(module).exports
  if (
    !(memory instanceof WebAssembly.Memory) ||
    typeof reduce !== 'function' ||
    typeof countLineEnds !== 'function'
  )
    throw new Error('the module of octet-scan.ts does not export what it should')
  return {
    octets: new Uint8Array(memory.buffer),
    reduce: (...all) => reduce(...all),
    countLineEnds: (...all) => countLineEnds(...all),
  }
}

/**
 * The octets from `start` to `to` with white space reduced as the *relaxed* body form wants it (RFC 6376 section 3.4.4): of a run one
 * space, before CRLF none. What follows them up to `end` decides whether a run goes on; behind `end` there is nothing.
 *
 * @param to at most `stretchBytes` from `start`, and not beyond `end`
 * @returns good until the next call; undefined where nothing is to be reduced
 */
export function reduceWhiteSpace(
  octets: Uint8Array,
  start: number,
  to: number,
  end: number,
): Uint8Array | undefined {
  const { octets: memory, reduce } = scanner()
  const seen = octets.subarray(start, Math.min(to + 2, end))
  memory.set(seen, from)
  memory.fill(0, from + seen.length, from + seen.length + 2)
  const length = reduce(from, from + to - start, target)
  return length < 0 ? undefined : memory.subarray(target, target + length)
}

/** How many CRLF end between `start` and `end`, which are at most `stretchBytes` apart. */
export function countLineEnds(octets: Uint8Array, start: number, end: number): number {
  const { octets: memory, countLineEnds: count } = scanner()
  const before = Math.max(0, start - 1)
  // Octets of the call before are not taken for the one before the first.
  memory[from - 1] = 0
  memory.set(octets.subarray(before, end), from - (start - before))
  return count(from, from + end - start)
}
