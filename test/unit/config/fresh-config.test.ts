import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFreshConfig } from '../../../src/config/fresh-config.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fresh-'))
  file = join(folder, 'relay.config.ts')
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

const rest = `listeners: [{ name: 'mx', port: 0 }], domains: {}`

test('reads the file again each time, and the files that it imports', async () => {
  write('relay.config.ts', `import { name } from './name.ts'\nexport default { hostname: name, ${rest} }`)
  write('name.ts', `export const name: string = 'one.example'`)
  expect(await loadFreshConfig(file)).toMatchObject({ hostname: 'one.example' })
  write('name.ts', `export const name: string = 'two.example'`)
  expect(await loadFreshConfig(file)).toMatchObject({ hostname: 'two.example' })
})

test('what comes back cannot be changed by accident', async () => {
  write('relay.config.ts', `export default { hostname: 'one.example', ${rest} }`)
  const config = await loadFreshConfig(file)
  expect([Object.isFrozen(config), Object.isFrozen(config.listeners)]).toEqual([true, true])
})

test.each([
  ['has a mistake', 'export default { hostname: 7 }', 'hostname: expected'],
  ['is no program', 'export default {{', 'cannot be read'],
  ['throws', `throw new Error('no luck')`, 'cannot be read: no luck'],
  ['ends its process', 'process.exit(3)', 'ended its thread with status 3'],
  [
    'throws later',
    `setTimeout(() => { throw new Error('late') })\nawait new Promise(() => setInterval(() => {}, 50))`,
    'late',
  ],
])('a configuration that %s is told of', async (_, text, told) => {
  write('relay.config.ts', text)
  await expect(loadFreshConfig(file)).rejects.toThrow(told)
})

test('a configuration that never ends is given up', async () => {
  write('relay.config.ts', 'for (;;);')
  await expect(loadFreshConfig(file, 500)).rejects.toThrow('was not read within 0.5 seconds')
})
