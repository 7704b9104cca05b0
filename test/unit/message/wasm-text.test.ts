import { expect, test } from 'vitest'
import { wasmModule } from '../../../src/message/wasm-text.ts'

const sum = {
  name: 'sum',
  parameters: ['a', 'b'],
  locals: {},
  text: 'local.get a local.get b i32.add ;; of both',
}

test('a function in text form is one that runs', () => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasmModule([sum], 1)))
  expect(typeof exports.sum === 'function' && exports.sum(40, 2)).toBe(42)
})

test.each(['local.get c', 'i32.const 64', 'i64.add', 'i32.const 1.5'])('%j is refused by name', text => {
  expect(() => wasmModule([{ ...sum, text }], 1)).toThrow(
    /^sum: .* is no instruction, local or small number$/,
  )
})
