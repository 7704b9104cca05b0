/**
 * Functions in the text form of WebAssembly (Core Specification 2.0, section 6), as far as this project uses it: flat instructions, locals
 * by name, `;;` before a comment. What comes out is a module that exports the functions and its memory.
 */

export interface WasmFunction {
  readonly name: string
  /** All i32. */
  readonly parameters: readonly string[]
  /** By name; the result is one i32. */
  readonly locals: Readonly<Record<string, 'i32' | 'v128'>>
  readonly text: string
}

const valueTypes = { i32: 0x7f, v128: 0x7b } as const

/** Section 5.4. Loads and stores take an offset in octets, which they need not be aligned to; blocks have no result. */
const instructions: Readonly<Record<string, readonly number[]>> = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  end: [0x0b],
  br: [0x0c],
  br_if: [0x0d],
  select: [0x1b],
  'local.get': [0x20],
  'local.set': [0x21],
  'i32.load8_u': [0x2d, 0x00],
  'i32.store8': [0x3a, 0x00],
  'i32.const': [0x41],
  'i32.eqz': [0x45],
  'i32.eq': [0x46],
  'i32.lt_u': [0x49],
  'i32.ge_u': [0x4f],
  'i32.ctz': [0x68],
  'i32.popcnt': [0x69],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.shl': [0x74],
  'v128.load': [0xfd, 0x00, 0x00],
  'v128.store': [0xfd, 0x0b, 0x00],
  'i8x16.splat': [0xfd, 0x0f],
  'i8x16.eq': [0xfd, 0x23],
  'v128.and': [0xfd, 0x4e],
  'v128.or': [0xfd, 0x50],
  'v128.xor': [0xfd, 0x51],
  'i8x16.bitmask': [0xfd, 0x64],
}

/**
 * The module in binary form (section 5.5).
 *
 * @param pages of 64 KiB that its memory has
 * @throws RangeError for a word that is neither an instruction, a local nor a number from -64 to 63
 */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const { i32 } = valueTypes
  const types = functions.map(({ parameters }) => [0x60, ...vector(parameters.map(() => [i32])), 1, i32])
  const exported = functions.map(({ name }, index) => [...nameOf(name), 0x00, index])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, index) => [index]))),
    ...section(5, vector([[0x01, pages, pages]])),
    ...section(7, vector([...exported, [...nameOf('memory'), 0x02, 0]])),
    ...section(10, vector(functions.map(body))),
  ])
}

function body(of: WasmFunction): number[] {
  const locals = vector(Object.values(of.locals).map(type => [1, valueTypes[type]]))
  const places = [...of.parameters, ...Object.keys(of.locals)]
  const words = of.text.replace(/;;.*/g, '').split(/\s+/).filter(Boolean)
  const code = words.flatMap(word => instructions[word] ?? immediate(word, places, of.name))
  return sized([...locals, ...code, ...(instructions.end ?? [])])
}

function immediate(word: string, places: readonly string[], name: string): number[] {
  const place = places.indexOf(word)
  const value = place < 0 ? Number(word) : place
  if (!Number.isInteger(value) || value < -64 || value > 63)
    throw new RangeError(`${name}: ${word} is no instruction, local or small number`)
  return [value & 0x7f]
}

function nameOf(text: string): number[] {
  return sized([...Buffer.from(text)])
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)]
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content]
}

/** LEB128, section 5.2.2. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}
