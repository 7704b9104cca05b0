/** The API from elsewhere: over TLS, as another user of the machine, and as docs/api.md shows it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ServerConnection } from '../../src/cli/desk/server-connection.ts'
import { requestOf } from '../../src/cli/desk/server-desk.ts'
import { makeToken } from '../support/api.ts'
import { certificateFor, testCertificate } from '../support/certificates.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { temporaryFolder } from '../support/test-relay.ts'
import { relay as command } from '../unit/cli/command-line.ts'

async function relayWith(admin: object): Promise<TestRelay> {
  const relay = await relayOn(await stage(), {
    admin: { port: 0, api: true, ...admin },
    domains: { 'alias.example': { aliases: { team: ['one@dead.example'] } } },
    routes: { 'dead.example': { host: '127.0.0.1', port: 1, tls: 'none' } },
  })
  await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() })
  await relay.log.until(line => line.text.includes('rests'))
  return relay
}

async function folderOfUser(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'api-user-'))
  afterTest(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('over TLS', () => {
  test('the certificate is checked: against the file, by name, and never left unchecked', async () => {
    const folder = temporaryFolder()
    afterTest(() => rm(folder, { recursive: true, force: true }))
    const { key, cert } = testCertificate()
    const files = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
    await writeFile(files.certificateFile, cert)
    await writeFile(files.keyFile, key, { mode: 0o600 })
    const relay = await relayWith({ certificate: files })
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, makeToken(relay.database, ['read']), { mode: 0o600 })
    const other = join(folder, 'other.pem')
    await writeFile(other, certificateFor(['localhost']).cert)
    const ask = (host: string, ...more: string[]) =>
      command([
        'hops',
        'list',
        '--json',
        '--server',
        `https://${host}:${relay.relay.admin?.port}`,
        '--token-file',
        tokenFile,
        ...more,
      ])
    const good = await ask('localhost', '--ca-file', files.certificateFile)
    expect([good.status, JSON.parse(good.out)]).toMatchObject([0, [{ mf: 'a@origin.example' }]])
    const unknown = await ask('localhost')
    expect([unknown.status, unknown.notes]).toEqual([
      1,
      expect.stringMatching(/cannot be asked: .*self-signed/),
    ])
    expect((await ask('localhost', '--ca-file', other)).status).toBe(1)
    const otherName = await ask('127.0.0.2', '--ca-file', files.certificateFile)
    expect([otherName.status, otherName.notes]).toEqual([
      1,
      expect.stringMatching(/cannot be asked: .*127\.0\.0\.2|ECONNREFUSED/),
    ])
    const noCertificate = await ask('localhost', '--ca-file', tokenFile)
    expect([noCertificate.status, noCertificate.notes]).toEqual([
      2,
      expect.stringContaining('certificates in PEM'),
    ])
  })
})

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** The user nobody of Debian. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: only root can start a command as another user')

async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly uid?: number; readonly env?: Record<string, string> },
): Promise<{ status: number | null; out: string; notes: string }> {
  const { env = {}, uid, cwd } = options
  const user = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  })
  let [out, notes] = ['', '']
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    notes += chunk
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, notes }
}

test.runIf(isRoot)(
  'another user of the machine looks and changes, and cannot read the database',
  async () => {
    const relay = await relayWith({})
    const home = await folderOfUser()
    const tokenFile = join(home, 'token')
    await writeFile(tokenFile, makeToken(relay.database, ['read', 'queue']), { mode: 0o600 })
    await chown(tokenFile, nobody, nobody)
    await chown(home, nobody, nobody)
    const env = {
      HOME: home,
      DKIM2_RELAY_SERVER: `http://127.0.0.1:${relay.relay.admin?.port}`,
      DKIM2_RELAY_TOKEN_FILE: tokenFile,
    }
    const ask = (...args: string[]) =>
      run(process.execPath, [entry, ...args], { cwd: home, uid: nobody, env })
    expect((await run('cat', [relay.database], { cwd: '/', uid: nobody })).status).not.toBe(0)
    const [line] = JSON.parse((await ask('queue', 'list', '--json')).out)
    const held = await ask('queue', 'hold', `${line.queueId}/${line.ordinal}`)
    expect(held).toMatchObject({ status: 0, out: `${line.queueId}/0: 1 delivery held\n` })
    expect((await ask('hops', 'show', line.queueId)).out).toContain('one@dead.example')
    expect(await ask('aliases', 'set', 'x@alias.example', 'y@far.example')).toMatchObject({ status: 2 })
    expect((await relay.relay.status()).queue.held).toBe(1)
  },
)

test('a command that follows hears of each message that comes after the first line', async () => {
  const relay = await relayWith({})
  const token = makeToken(relay.database, ['read'])
  const connection = await ServerConnection.to(
    `http://127.0.0.1:${relay.relay.admin?.port}`,
    token,
    undefined,
  )
  const shape = { method: 'get', path: '/follow', body: 'none' } as const
  const lines = connection.lines(requestOf(shape, { from: 'b@origin.example' }))
  expect((await lines.next()).value).toBe('')
  const octets = plainMessage({ subject: 'Two' })
  await send(relay.port, { from: 'b@origin.example', to: ['team@alias.example'], octets })
  const { value = '' } = await lines.next()
  expect(JSON.parse(value)).toMatchObject({ mf: 'b@origin.example', rt: ['team@alias.example'] })
  await lines.return(undefined)
})

const hasCurl = existsSync('/usr/bin/curl')
if (!hasCurl) console.warn('skipped: there is no curl')

const examples = readFileSync(fileURLToPath(new URL('../../docs/api.md', import.meta.url)), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('curl '))

describe.runIf(hasCurl)('what docs/api.md shows with curl works', () => {
  async function shown(): Promise<{ relay: TestRelay; home: string; line(example: string): string }> {
    const relay = await relayWith({})
    const home = await folderOfUser()
    await writeFile(join(home, '.dkim2-relay-token'), `${makeToken(relay.database, ['admin'])}\n`)
    await chmod(join(home, '.dkim2-relay-token'), 0o600)
    await writeFile(join(home, 'message.eml'), plainMessage())
    const place = `127.0.0.1:${relay.relay.admin?.port}`
    return { relay, home, line: example => example.replaceAll('127.0.0.1:9842', place) }
  }

  test('each request is answered with what was asked for', async () => {
    const { home, line } = await shown()
    const requests = examples.filter(example => !example.includes('/follow'))
    expect(requests.length).toBeGreaterThanOrEqual(6)
    for (const example of requests) {
      const { status, out } = await run('sh', ['-c', line(example)], { cwd: home, env: { HOME: home } })
      expect([example, status, out]).toEqual([example, 0, expect.not.stringContaining('"code":')])
      expect(Object.keys(JSON.parse(out))).not.toEqual([])
    }
  })

  test('following tells of the next message', async () => {
    const { relay, home, line } = await shown()
    const [example = ''] = examples.filter(one => one.includes('/follow'))
    const child = spawn('sh', ['-c', `exec ${line(example)}`], {
      cwd: home,
      env: { PATH: process.env.PATH ?? '', HOME: home },
    })
    const ended = once(child, 'close')
    const [first] = (await once(child.stdout, 'data')) as [Buffer]
    expect(first.toString()).toBe('\n')
    await send(relay.port, {
      from: 'b@origin.example',
      to: ['team@alias.example'],
      octets: plainMessage({ subject: 'Two' }),
    })
    const [message] = (await once(child.stdout, 'data')) as [Buffer]
    expect(JSON.parse(message.toString().split('\n')[0] ?? '')).toMatchObject({ mf: 'b@origin.example' })
    child.kill()
    await ended
  })
})
