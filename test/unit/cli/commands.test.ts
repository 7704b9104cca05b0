import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { relay } from './command-line.ts'

describe('the list of commands', () => {
  test.each(commands)('says of $name what the command itself says', async ({ name, description }) => {
    const { out } = await relay([name, '--help'])
    const unfolded = out.replaceAll(/\s+/g, ' ')
    expect(unfolded).toContain(`Usage: dkim2-relay ${name} `)
    expect(unfolded).toContain(` ${description} `)
  })
})

describe('compiled code', () => {
  const main = resolve('src/cli/main.ts')
  let home = ''
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'cache-'))
  })
  afterEach(() => rmSync(home, { recursive: true }))

  function run(environment: Readonly<Record<string, string>>): string {
    const { NODE_COMPILE_CACHE: _, ...env } = process.env
    return execFileSync(process.execPath, [main, '--version'], {
      encoding: 'utf8',
      env: { ...env, HOME: home, XDG_CACHE_HOME: '', ...environment },
    })
  }

  test('is kept in a folder of its owner alone', () => {
    run({})
    expect(readdirSync(join(home, '.cache/dkim2-relay'))).not.toEqual([])
  })

  test('is kept where the environment says', () => {
    run({ XDG_CACHE_HOME: join(home, 'kept') })
    expect(readdirSync(home)).toEqual(['kept'])
  })

  test('is not read from a folder that others may write to: the program runs without', () => {
    mkdirSync(join(home, '.cache/dkim2-relay'), { recursive: true })
    chmodSync(join(home, '.cache/dkim2-relay'), 0o777)
    expect(run({})).toMatch(/^\d+\.\d+\.\d+/)
    expect(readdirSync(join(home, '.cache/dkim2-relay'))).toEqual([])
  })

  test('is kept for the threads of the program too, and for what it starts', () => {
    const folder = mkdtempSync(join(home, 'threads-'))
    const program = `
      import { getCompileCacheDir } from 'node:module'
      import { Worker } from 'node:worker_threads'
      import { keepCompiledCode } from ${JSON.stringify(resolve('src/cli/compile-cache.ts'))}
      keepCompiledCode(process.env)
      const asked = "import { parentPort } from 'node:worker_threads'; import { getCompileCacheDir } from 'node:module'; parentPort.postMessage(getCompileCacheDir())"
      new Worker(asked, { eval: true }).on('message', answer => console.log([getCompileCacheDir(), answer, process.env.NODE_COMPILE_CACHE].join('\\n')))`
    const { NODE_COMPILE_CACHE: _, ...env } = process.env
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { ...env, HOME: home, XDG_CACHE_HOME: folder },
    })
    const [main = '', thread, children] = told.trim().split('\n')
    expect(thread).toBe(main)
    expect([join(main, '..'), children]).toEqual([join(folder, 'dkim2-relay'), join(folder, 'dkim2-relay')])
  })

  test('is not needed: without a home the program runs', () => {
    expect(run({ HOME: '/dev/null' })).toMatch(/^\d+\.\d+\.\d+/)
  })
})
