/** A password that is typed on a terminal is not echoed: tried on a pseudo-terminal of `script` (package bsdutils). */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const script = '/usr/bin/script'
if (!existsSync(script)) console.warn('tests with a terminal are skipped: script is not installed (bsdutils)')

/** Runs `users add` on a terminal; each answer is typed once its question is there. */
async function onTerminal(answers: readonly (readonly [question: string, keys: string])[]) {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(
    join(folder, 'relay.config.ts'),
    `export default { hostname: 'relay.example', listeners: [{ name: 'mx', port: 0 }], domains: { 'alias.example': {} } }\n`,
  )
  const command = `'${process.execPath}' '${entry}' users add ann@alias.example`
  const child = spawn(script, ['-qefc', command, '/dev/null'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
  })
  for (const [question, keys] of answers) {
    while (!shown.includes(question)) await once(child.stdout, 'data')
    child.stdin.write(keys)
  }
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, shown }
}

test.skipIf(!existsSync(script))(
  'a typed password is asked for twice, can be corrected, and is not shown',
  async () => {
    const { status, shown } = await onTerminal([
      ['Password for ann@alias.example: ', 'correct horsX\u007fe\r'],
      ['The same again: ', 'correct horse\r'],
    ])
    expect([status, shown]).toEqual([0, expect.stringContaining('ann@alias.example: added')])
    expect(shown).not.toMatch(/correct|hors/)
  },
)

test.skipIf(!existsSync(script)).each([
  ['two that differ', 'another horse\r', 'the two passwords are not the same'],
  ['Ctrl-C', '\u0003', 'given up'],
])('%s end it with status 2', async (_, keys, said) => {
  const { status, shown } = await onTerminal([
    ['Password for ann@alias.example: ', 'correct horse\r'],
    ['The same again: ', keys],
  ])
  expect([status, shown]).toEqual([2, expect.stringContaining(said)])
})
