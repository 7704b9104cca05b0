/** The package as others install it: packed, unpacked into the node_modules of another program, used by its name. */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { reflectors } from '../../../src/record/reflection-record.ts'
import { DnsServer } from '../../support/dns-server.ts'

const run = promisify(execFile)
const checkout = resolve('.')
const password = 'correct horse battery staple'
const consumer = mkdtempSync(join(tmpdir(), 'package-'))
const installed = join(consumer, 'node_modules', 'dkim2-relay')
const env = { ...process.env, PATH: [join(checkout, 'node_modules/.bin'), process.env.PATH].join(delimiter) }

// npm itself, the build and the unpacking: seconds on an idle machine.
const packingMilliseconds = 180_000

beforeAll(async () => {
  await run('npm', ['pack', '--pack-destination', consumer], { cwd: checkout, env })
  const archive = readdirSync(consumer).find(file => file.endsWith('.tgz')) ?? ''
  mkdirSync(installed, { recursive: true })
  await run('tar', ['-xzf', join(consumer, archive), '-C', installed, '--strip-components=1'])
  linkDependencies()
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }\n')
}, packingMilliseconds)

afterAll(() => rmSync(consumer, { recursive: true, force: true }))

/** What npm install would bring, taken from the checkout. */
function linkDependencies(): void {
  for (const name of readdirSync(join(checkout, 'node_modules'))) {
    if (name.startsWith('.')) continue
    symlinkSync(join(checkout, 'node_modules', name), join(consumer, 'node_modules', name))
  }
}

/** The examples of docs/library.md: for the core, the reflector, the preview. */
const [coreExample, reflectorExample, previewExample] = [
  ...readFileSync(join(checkout, 'docs/library.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms),
].map(([, code]) => code)

/** Runs an example of the documentation, whose types must be right under the strictest settings; its output. */
async function runExample(code = ''): Promise<string> {
  writeFileSync(join(consumer, 'example.ts'), code)
  const { stdout } = await run(process.execPath, ['example.ts'], { cwd: consumer })
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
  const node = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node']
  const checked = await run('tsc', ['--noEmit', '--ignoreConfig', ...strict, ...node, 'example.ts'], {
    cwd: consumer,
    env,
  }).catch((failure: { stdout: string }) => failure)
  expect(checked.stdout).toBe('')
  return stdout
}

/** The executable as npm install would leave it. */
function executable(): string {
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const file = join(installed, bin['dkim2-relay'])
  // npm install does that for every bin.
  chmodSync(file, 0o755)
  return file
}

const plain = `
import { generateKeyPairSync } from 'node:crypto'
import { addHop, keyRecordText, prepareHop, readMessage, signerOf, signHop, verifyChain } from 'dkim2-relay'
import { defineConfig } from 'dkim2-relay/config'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const message = readMessage(Buffer.from('From: a@origin.example\\r\\n\\r\\nHello\\r\\n'))
const prepared = await prepareHop(message, { profile: 'mailversion', alwaysVersion: true })
const envelope = { reversePath: 'a@origin.example', forwardPaths: ['b@destination.example'] }
const signers = [signerOf('rsa', privateKey)]
const hop = await signHop(prepared, { domain: 'origin.example', timestampSeconds: 1763000000, signers, ...envelope })
const lookup = async () => ({ kind: 'records', records: [keyRecordText(publicKey)] })
const { state, hops } = await verifyChain(addHop(message, hop), { lookup, nowSeconds: 1763000000, envelope })
console.log(JSON.stringify({ state, hops: hops.length, config: typeof defineConfig }))
`

describe('the package', () => {
  test('holds what runs and nothing of the sources, tests and keys', async () => {
    expect(readdirSync(installed).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'examples',
      'migrations',
      'package.json',
      'relay.config.schema.json',
    ])
    const files = readdirSync(installed, { recursive: true }).map(String)
    const sources = files.filter(file => /\.pem$|(?<!\.d)\.ts$|\.test\./.test(file))
    expect(sources).toEqual([join('examples', 'relay.config.ts')])
  })

  test('signs and verifies from plain JavaScript', async () => {
    writeFileSync(join(consumer, 'plain.js'), plain)
    const { stdout } = await run(process.execPath, ['plain.js'], { cwd: consumer })
    expect(JSON.parse(stdout)).toEqual({ state: 'pass', hops: 1, config: 'function' })
  })

  test('the example of docs/library.md runs, and its types are right', async () => {
    const out = await runExample(coreExample)
    expect(out).toMatch(/^PASS\nPASS \(mailversion, 2 hops\)\ni=1 origin\.example: pass\n/)
    expect(out).toContain('\r\nSubject: Hello\r\n')
  })

  test('its example of the reflector gets from every address what is expected of it', async () => {
    const lines = (await runExample(reflectorExample)).trimEnd().split('\n')
    expect(lines.map(line => line.split(' ')[0])).toEqual(reflectors)
    for (const line of lines) expect(line).toMatch(/^\S+ (\w+) \1$/)
    expect(lines).toContain('damage fail fail')
  })

  test('its example of a preview finds hop, next hop and verdict of a copy', async () => {
    const config = {
      hostname: 'relay.alias.example',
      listeners: [{ name: 'mx', port: 2525 }],
      domains: { 'alias.example': { aliases: { team: ['b@destination.example'] } } },
      routes: { 'destination.example': { host: '127.0.0.1', port: 2526 } },
      dataDirectory: './data',
      keysDirectory: './keys',
    }
    const source = `import { defineConfig } from 'dkim2-relay/config'\nexport default defineConfig(${JSON.stringify(config)})\n`
    writeFileSync(join(consumer, 'relay.config.ts'), source)
    writeFileSync(join(consumer, 'message.eml'), 'From: a@origin.example\r\nSubject: x\r\n\r\nx\r\n')
    const generate = ['keys', 'generate', '--config', 'relay.config.ts', '--domain', 'alias.example']
    await run(executable(), generate, { cwd: consumer, env })
    expect(await runExample(previewExample)).toBe(
      [
        'MAIL 250 2.1.0',
        'RCPT 250 2.1.5',
        'DATA 250 2.0.0',
        'SPF: pass',
        'b@destination.example: i=1 d=alias.example; [127.0.0.1]:2526; pass\n',
      ].join('\n'),
    )
  })

  test('a mistake in the types of a caller is found: the declarations are there', async () => {
    writeFileSync(
      join(consumer, 'mistake.ts'),
      `import { verifyChain } from 'dkim2-relay'\nexport const result = verifyChain('text', {})\n`,
    )
    const node = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    const checked = await run('tsc', ['--noEmit', '--ignoreConfig', '--strict', ...node, 'mistake.ts'], {
      cwd: consumer,
      env,
    }).catch((failure: { stdout: string }) => failure)
    expect(checked.stdout).toContain(
      "Argument of type 'string' is not assignable to parameter of type 'Message'",
    )
  })

  test('the executable runs', async () => {
    writeFileSync(join(consumer, 'empty.json'), '{}')
    writeFileSync(join(consumer, 'unsigned.eml'), 'Subject: x\r\n\r\nx\r\n')
    const args = ['verify', 'unsigned.eml', '--dns', 'empty.json', '--json']
    const ended = await run(executable(), args, { cwd: consumer, env }).catch(
      (failure: { code: number; stdout: string }) => failure,
    )
    expect(ended).toMatchObject({ code: 1 })
    expect(JSON.parse(ended.stdout)).toMatchObject({ result: 'none', hops: [] })
  })

  test('may be published', () => {
    const { private: isPrivate, license } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    expect({ isPrivate, license }).toEqual({ isPrivate: undefined, license: 'MIT' })
  })

  test('an empty folder becomes a relay: init, start, a first message, and the page shows it', async () => {
    const folder = join(consumer, 'newcomer')
    mkdirSync(folder)
    writeFileSync(join(folder, 'empty.json'), '{}')
    const names = [
      '--hostname',
      'relay.alias.example',
      '--domain',
      'alias.example',
      '--postmaster',
      'me@destination.example',
    ]
    const listening = ['--address', '127.0.0.1', '--port', '0', '--tls-port', '0']
    const alias = ['--alias', 'team@alias.example=one@destination.example']
    const initial = ['init', '--yes', ...names, ...listening, ...alias, '--dns', 'empty.json', '--json']
    const { stdout } = await run(executable(), initial, { cwd: folder, env })
    expect(JSON.parse(stdout)).toMatchObject({
      files: ['relay.config.ts', 'package.json'],
      check: { problems: [] },
    })
    const configFile = join(folder, 'relay.config.ts')
    // Domains of examples do not exist elsewhere, and mail from what does not exist is refused.
    const dns = await DnsServer.start({}, { isRegistered: true })
    onTestFinished(() => dns.close())
    const written = readFileSync(configFile, 'utf8')
    writeFileSync(
      configFile,
      written.replace(
        '  domains:',
        `  admin: { port: 0 },\n  routes: { 'destination.example': 'file:./data/inbox' },\n  resolver: { servers: ['${dns.address}'] },\n  domains:`,
      ),
    )
    const node = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    await run('tsc', ['--noEmit', '--ignoreConfig', '--strict', ...node, 'relay.config.ts'], {
      cwd: folder,
      env,
    })

    const relay = spawn(executable(), ['start', '--json'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const lines = createInterface({ input: relay.stdout })
    const logged = createInterface({ input: relay.stderr })
    const [started] = await once(lines, 'line')
    const delivered = untilLine(logged, '"msg":"delivered"')
    const { listeners, admin } = JSON.parse(String(started))
    const server = `127.0.0.1:${listeners[0].port}`
    const message = ['send', '--from', 'you@origin.example', '--to', 'team@alias.example', '--server', server]
    const { stdout: sent } = await run(executable(), message, { cwd: folder, env })
    const [, queueId = ''] = /queued as (\w+)/.exec(sent) ?? []
    expect(queueId).not.toBe('')
    await delivered
    const page = await journeyPage(folder, `http://127.0.0.1:${admin.port}`, queueId)
    for (const shown of [queueId, 'you@origin.example', 'team@alias.example', 'one@destination.example'])
      expect(page).toContain(shown)
    const ended = once(relay, 'exit')
    relay.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(readdirSync(join(folder, 'data/inbox'))).toHaveLength(1)
  })

  /** The page of a message, as somebody sees it whom the command line has just given an account. */
  async function journeyPage(folder: string, pages: string, queueId: string): Promise<string> {
    const adding = run(executable(), ['admins', 'add', 'ann'], { cwd: folder, env })
    adding.child.stdin?.end(`${password}\n`)
    expect((await adding).stdout).toBe('ann: added as operator\n')
    const form = new URLSearchParams({ name: 'ann', password })
    const answer = await fetch(`${pages}/login`, { method: 'POST', body: form, redirect: 'manual' })
    expect(answer.status).toBe(303)
    const cookie = answer.headers.get('Set-Cookie')?.split(';')[0] ?? ''
    const shown = await fetch(`${pages}/messages/${queueId}`, { headers: { cookie } })
    expect(shown.status).toBe(200)
    return shown.text()
  }

  const older = olderNode()
  test.skipIf(older === undefined)(
    `an older Node is told in one line what is needed${older === undefined ? ' (skipped: /usr/bin/node is not older than 24)' : ''}`,
    async () => {
      const file = executable()
      const ended = await run('/usr/bin/node', [file, 'start'], { cwd: consumer }).catch(
        (failure: object) => failure,
      )
      expect(ended).toMatchObject({
        code: 2,
        stdout: '',
        stderr: `dkim2-relay needs Node 24 or later; this is Node ${older}\n`,
      })
    },
  )
})

/** Resolves with the first line that holds the text. */
async function untilLine(lines: Interface, text: string): Promise<void> {
  for await (const line of lines) if (line.includes(text)) return
}

/** The version of the Node of the operating system, where it is one that this program does not run on. */
function olderNode(): string | undefined {
  const { stdout } = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' })
  const version = (stdout ?? '').trim().slice(1)
  return version !== '' && Number.parseInt(version, 10) < 24 ? version : undefined
}
