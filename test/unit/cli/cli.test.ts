/** The contract of the command line: exit status 0, 1 or 2, what goes to which stream, the shapes of --json. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relay } from './command-line.ts'

const main = resolve('src/cli/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'cli-'))
const checkout = process.cwd()
afterAll(() => {
  process.chdir(checkout)
  rmSync(folder, { recursive: true })
})

interface Ended {
  readonly status: number | null
  readonly out: string
  readonly notes: string
}

/** Runs the executable itself. */
function executable(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolveRun, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder })
    const texts = { out: '', notes: '' }
    child.stdout.on('data', chunk => {
      texts.out += chunk
    })
    child.stderr.on('data', chunk => {
      texts.notes += chunk
    })
    child.on('error', reject)
    child.on('close', status => resolveRun({ status, ...texts }))
    child.stdin.end(input, 'latin1')
  })
}

function configText(settings: string): string {
  return `export default { hostname: 'relay.alias.example', listeners: [{ name: 'mx', port: 0 }], ${settings} }\n`
}

beforeAll(() => {
  process.chdir(folder)
  const domains = `domains: { 'alias.example': { aliases: { team: ['a@x.example'], postmaster: ['p@x.example'] } } }`
  writeFileSync(join(folder, 'relay.config.ts'), configText(domains))
  writeFileSync(join(folder, 'empty.json'), '{}')
})

describe('usage', () => {
  test.each([
    [['frobnicate'], 'unknown command'],
    [['verify'], 'missing required argument'],
    [['verify', 'x', '--frobnicate'], 'unknown option'],
    [['verify', 'absent.eml'], 'absent.eml: cannot be read'],
    [['verify', 'absent.eml', '--now', 'yesterday'], 'expected Unix time in seconds'],
    [['verify', 'absent.eml', '--mail-from', 'a@x.example'], 'give both or neither'],
    [['verify', 'absent.eml', '--resolver', 'dns.example'], 'expected an address'],
    [['verify', 'absent.eml', '--dns', 'a', '--resolver', '::1'], 'exclude each other'],
    [['verify', 'relay.config.ts', '--dns', 'relay.config.ts'], 'is no zone file'],
    [['hops', 'list', '--limit', '0'], 'expected a whole number from 1'],
    [['hops', 'list'], 'no database yet'],
    [['queue', 'list', '--state', 'lost'], 'Allowed choices'],
    [['keys', 'generate', '--domain', 'alias.example', '--selector', 'x'], 'say which kind'],
    [['keys', 'generate', '--keys', 'k', '--domain', '../x'], 'expected a selector and a domain name'],
    [['check', '--config', 'absent.config.ts'], 'no such configuration file: dkim2-relay init writes one'],
    [['interop', 'run', '.'], 'cases.json'],
    [['send', '--from', 'a@x.example', '--to', 'b@x.example', '--server', 'nowhere'], 'expected host:port'],
  ])('%j is a mistake: exit status 2, a text on standard error, no stack', async (args, complaint) => {
    const run = await relay(args)
    expect(run.status).toBe(2)
    expect(run.out).toBe('')
    expect(run.notes).toContain(complaint)
    expect(run.notes).not.toMatch(/\n\s+at |node:internal/)
  })

  test('help is no mistake', async () => {
    const run = await relay(['--help'])
    expect(run.status).toBe(0)
    for (const command of [
      'start',
      'check',
      'verify',
      'explain',
      'keys',
      'hops',
      'queue',
      'bounces',
      'interop',
    ]) {
      expect(run.out).toContain(`  ${command}`)
    }
  })

  test('a mistake in the configuration stops every command that reads it', async () => {
    writeFileSync(
      join(folder, 'wrong.config.ts'),
      configText(`domains: { 'alias.example': { aliases: { team: ['x'] } } }`),
    )
    for (const command of [['start'], ['check'], ['keys', 'list'], ['hops', 'list']]) {
      const run = await relay([...command, '--config', 'wrong.config.ts'])
      expect(run).toMatchObject({ status: 2, out: '' })
      expect(run.notes).toContain(`domains["alias.example"].aliases.team[0]: expected an address`)
    }
  })
})

describe('keys', () => {
  test('they are made, listed and published in the form that verify --dns reads', async () => {
    const made = await relay(['keys', 'generate', '--json'])
    expect(made.status).toBe(0)
    const report: { selector: string; algorithm: string; recordName: string }[] = JSON.parse(made.out)
    expect(report.map(key => [key.recordName, key.algorithm])).toEqual([
      ['ed._domainkey.alias.example', 'ed25519-sha256'],
      ['rsa._domainkey.alias.example', 'rsa-sha256'],
    ])
    expect(JSON.parse((await relay(['keys', 'list', '--json'])).out)).toMatchObject(
      report.map(key => ({ ...key, state: 'active', activeSince: null })),
    )

    const zone = await relay(['keys', 'dns', '--json'])
    expect(zone.status).toBe(0)
    expect(Object.keys(JSON.parse(zone.out)['alias.example'])).toEqual(['ed._domainkey', 'rsa._domainkey'])
    expect((await relay(['keys', 'dns'])).out).toMatch(
      /^ed\._domainkey\.alias\.example\. IN TXT "v=DKIM1; k=ed25519; p=/,
    )
  })

  test('private keys are printed by no command', async () => {
    const secret =
      readFileSync(join(folder, 'keys/ed._domainkey.alias.example.pem'), 'utf8').split('\n')[1] ?? ''
    expect(secret.length).toBeGreaterThan(40)
    for (const args of [
      ['keys', 'list', '--json'],
      ['keys', 'dns'],
      ['check', '--json', '--dns', 'empty.json'],
    ]) {
      const run = await relay(args)
      expect(run.out + run.notes).not.toContain(secret)
    }
  })

  test('a key file that others may read is refused with exit status 2', async () => {
    const file = join(folder, 'keys/rsa._domainkey.alias.example.pem')
    chmodSync(file, 0o644)
    const run = await relay(['keys', 'list'])
    chmodSync(file, 0o600)
    expect(run).toMatchObject({ status: 2, out: '' })
    expect(run.notes).toContain(`chmod 600 '`)
  })
})

describe('check', () => {
  async function check(zone: unknown): Promise<{
    status: number | null
    report: { ok: boolean; keys: { published: string }[]; problems: string[] }
  }> {
    writeFileSync(join(folder, 'zone.json'), JSON.stringify(zone))
    const { status, out } = await relay(['check', '--dns', 'zone.json', '--json'])
    return { status, report: JSON.parse(out) }
  }

  test('all is well when the records of the keys are published and the domain leads here', async () => {
    const zone = JSON.parse((await relay(['keys', 'dns', '--json'])).out)
    zone['alias.example']['@'] = [['mx', '10 relay.alias.example']]
    const { status, report } = await check({ ...zone, 'relay.alias.example': { '@': [['a', '192.0.2.1']] } })
    expect(report).toMatchObject({ ok: true, keys: [{ published: 'ok' }, { published: 'ok' }], problems: [] })
    expect(status).toBe(0)
  })

  test('what is missing or different is told, with the lines to publish', async () => {
    const zone = { 'alias.example': { 'ed._domainkey': [['txt', 'v=DKIM1; p=']] } }
    const { status, report } = await check(zone)
    expect(report.keys.map(key => key.published)).toEqual(['different', 'missing'])
    expect(status).toBe(1)
    const text = (await relay(['check', '--dns', 'zone.json'])).out
    expect(text).toContain('Publish:\ned._domainkey.alias.example. IN TXT ')
  })

  test('an alias that leads back to itself is a problem', async () => {
    const aliases = `aliases: { a: ['b@alias.example'], b: ['a@alias.example'] }`
    writeFileSync(
      join(folder, 'loop.config.ts'),
      configText(`postmaster: 'p@x.example', domains: { 'alias.example': { ${aliases} } }`),
    )
    const run = await relay(['check', '--config', 'loop.config.ts', '--dns', 'zone.json', '--json'])
    expect(run.status).toBe(1)
    expect(JSON.parse(run.out).problems).toEqual([
      'alias loop: a@alias.example -> b@alias.example -> a@alias.example',
      'alias loop: b@alias.example -> a@alias.example -> b@alias.example',
    ])
  })
})

const vectors = resolve('test/vectors/mailversion')

describe('verify', () => {
  const dns = join(vectors, 'dns.json')
  const passing = join(vectors, 'messages/one-hop-ed25519.eml')
  const known = ['--dns', dns, '--now', '1763000100']
  const envelope = ['--mail-from', 'a@origin.example', '--rcpt-to', 'team@list.example']

  test('pass exits 0 and prints the hops', async () => {
    const run = await relay(['verify', passing, ...known, ...envelope, '--json'])
    expect(run.status).toBe(0)
    expect(run.notes).toBe('')
    expect(JSON.parse(run.out)).toEqual({
      result: 'pass',
      error: null,
      profile: 'mailversion',
      revision: null,
      fullyVerified: true,
      failedAt: null,
      responsible: null,
      hops: [
        {
          i: 1,
          d: 'origin.example',
          mf: 'a@origin.example',
          rt: ['team@list.example'],
          t: 1_763_000_000,
          s: ['ed'],
          a: ['ed25519-sha256'],
          f: [],
          result: 'pass',
          error: null,
        },
      ],
      envelope: 'checked',
    })
  })

  test('anything else exits 1 with the words of the drafts', async () => {
    const run = await relay([
      'verify',
      passing,
      ...known,
      '--mail-from',
      '<x@origin.example>',
      '--rcpt-to',
      'team@list.example',
      '--json',
    ])
    expect(run.status).toBe(1)
    expect(JSON.parse(run.out)).toMatchObject({
      result: 'permerror',
      error: 'DKIM2-Signature i=1 MAIL FROM <x@origin.example> did not match',
      failedAt: 1,
    })
  })

  test('without an envelope it is not checked, and the result says so', async () => {
    const json = await relay(['verify', passing, ...known, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ result: 'pass', envelope: 'not checked' })
    expect((await relay(['verify', passing, ...known])).out).toContain('The envelope was not checked')
  })

  test('a message comes from standard input, and one that an editor saved is read as it was sent', async () => {
    const saved = readFileSync(passing, 'latin1').replaceAll('\r\n', '\n')
    const run = await relay(['verify', '-', ...known, ...envelope, '--json'], { input: saved })
    expect(run.status).toBe(0)
    expect(run.notes).toMatch(/^-: \d+ line ends were LF alone and are read as CRLF/)
  })

  test('an empty input is a mistake', async () => {
    expect(await relay(['verify', '-', ...known])).toMatchObject({ status: 2, out: '' })
  })

  test('explain tells the chain in words', async () => {
    const run = await relay(['explain', join(vectors, 'messages/list-two-hops.eml'), ...known])
    expect(run.status).toBe(0)
    expect(run.out).toMatch(/^PASS \(mailversion, 2 hops\)\ni=1 origin\.example: pass\n/)
    const json = JSON.parse((await relay(['explain', passing, ...known, '--json'])).out)
    expect(json).toMatchObject({ verdict: 'PASS', profile: 'mailversion' })
  })

  describe('what mail software added on the way', () => {
    const original = readFileSync(passing, 'latin1')
    test.each([
      ['Bcc', `Bcc: x@y.example\r\n${original}`],
      ['Envelope-to', `Envelope-to: x@y.example\r\n${original}`],
      ['Content-Length', `Content-Length: 8\r\n${original}`],
    ])('verify and explain say that it passes without %s', async (name, input) => {
      const run = await relay(['verify', '-', ...known, '--json'], { input })
      expect(JSON.parse(run.out)).toMatchObject({ result: 'fail', passesWithout: [name] })
      expect(run.status).toBe(1)
      const explained = await relay(['explain', '-', ...known], { input })
      expect(explained.out).toContain(`It passes without ${name}, which mail software on the way adds`)
      expect(explained.out).not.toContain('nothing changed')
    })

    test('explain of a changed body says that the body differs', async () => {
      const input = original.replace(/(\r\n\r\n)/, '$1Changed.\r\n')
      const { out } = await relay(['explain', '-', ...known], { input })
      expect(out).toContain('the body is not the one that was signed: it was changed afterwards')
      expect(out).not.toContain('nothing changed')
    })
  })

  test('interop run agrees with every case', async () => {
    const run = await relay(['interop', 'run', vectors, '--json'])
    const report = JSON.parse(run.out)
    expect(report.agreed).toBe(report.total)
    expect(run.status).toBe(0)
    expect((await relay(['interop', 'run', vectors])).out).toMatch(/\n\d+ of \d+ agree\n$/)
  })
})

describe('the executable', () => {
  test('exits 0, 1 or 2 and keeps the streams apart', async () => {
    const help = await executable(['--help'])
    expect(help).toMatchObject({ status: 0, notes: '' })
    const mistake = await executable(['verify'])
    expect(mistake).toMatchObject({ status: 2, out: '' })
    expect(mistake.notes).not.toMatch(/\n\s+at |node:internal/)
    const unsigned = await executable(
      ['verify', '-', '--dns', 'empty.json', '--json'],
      'Subject: x\r\n\r\nx\r\n',
    )
    expect(unsigned).toMatchObject({ status: 1, notes: '' })
    expect(JSON.parse(unsigned.out)).toMatchObject({ result: 'none', hops: [] })
  })
})
