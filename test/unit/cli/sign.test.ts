/** sign, undo and explain: messages made, extended, told and taken back by commands alone. */
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Circumstances, Run } from './command-line.ts'
import { relay } from './command-line.ts'

const checkout = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'sign-cli-'))
const originator = [
  '--domain',
  'origin.example',
  '--selector',
  'ed',
  '--key',
  'keys/ed._domainkey.origin.example.pem',
]
const list = ['--domain', 'list.example', '--selector', 'ed', '--key', 'keys/ed._domainkey.list.example.pem']
const firstEnvelope = ['--mail-from', 'a@origin.example', '--rcpt-to', 'team@list.example']
const secondEnvelope = ['--mail-from', 'bounce@list.example', '--rcpt-to', 'b@destination.example']
const original =
  'From: a@origin.example\r\nTo: team@list.example\r\nSubject: Plans\r\n\r\none\r\ntwo\r\nthree\r\n'

beforeAll(async () => {
  process.chdir(folder)
  for (const domain of ['origin.example', 'list.example']) {
    await relay(['keys', 'generate', '--keys', 'keys', '--domain', domain])
  }
  writeFileSync('zone.json', (await relay(['keys', 'dns', '--keys', 'keys', '--json'])).out)
  writeFileSync('original.eml', original)
})

afterAll(() => {
  process.chdir(checkout)
  rmSync(folder, { recursive: true })
})

async function write(file: string, args: readonly string[], circumstances?: Circumstances): Promise<Run> {
  const run = await relay(args, circumstances)
  if (run.status !== 0) throw new Error(run.notes)
  writeFileSync(file, run.out, 'latin1')
  return run
}

async function verdict(
  file: string,
  envelope: readonly string[],
): Promise<{ result: string; hops: unknown[] }> {
  return JSON.parse((await relay(['verify', file, '--dns', 'zone.json', ...envelope, '--json'])).out)
}

/** The message of the originator, and what a list made of it. */
async function chain(): Promise<void> {
  await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope])
  const changed = readFileSync('first.eml', 'latin1')
    .replace('Subject: Plans', 'Subject: [team] Plans')
    .replace('two\r\n', 'TWO\r\n')
  writeFileSync('changed.eml', `${changed}-- \r\nfooter\r\n`, 'latin1')
  await write('second.eml', ['sign', 'changed.eml', ...list, ...secondEnvelope, '--previous', 'first.eml'])
}

describe('sign', () => {
  test('originates: hop i=1 on top, every octet of the message below', async () => {
    const { out } = await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope])
    expect(out.endsWith(original)).toBe(true)
    expect(await verdict('first.eml', firstEnvelope)).toMatchObject({ result: 'pass', envelope: 'checked' })
  })

  test('extends: with --previous what was changed is recorded, and both hops pass', async () => {
    await chain()
    expect(await verdict('second.eml', secondEnvelope)).toMatchObject({
      result: 'pass',
      hops: [
        { i: 1, d: 'origin.example', result: 'pass' },
        { i: 2, d: 'list.example', result: 'pass' },
      ],
    })
  })

  test('extends: without --previous the message is passed on as it is', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope])
    const args = ['sign', '-', ...list, ...secondEnvelope]
    await write('passed.eml', args, { input: readFileSync('first.eml', 'latin1') })
    expect((await verdict('passed.eml', secondEnvelope)).result).toBe('pass')
  })

  test('takes time, flags, nonce and two keys', async () => {
    const options = ['--time', '1763000000', '--flags', 'exploded,feedback', '--nonce', 'abc']
    const rsa = ['--selector', 'rsa', '--key', 'keys/rsa._domainkey.origin.example.pem']
    const { out } = await relay([
      'sign',
      'original.eml',
      ...originator,
      ...rsa,
      ...firstEnvelope,
      ...options,
      '--json',
    ])
    const report = JSON.parse(out)
    expect(report).toMatchObject({
      i: 1,
      version: 1,
      profile: 'mailversion',
      s: ['ed', 'rsa'],
      t: 1_763_000_000,
    })
    expect(report.fields[0]).toMatch(/n=abc;/)
    writeFileSync('flags.eml', Buffer.from(report.message, 'base64'))
    expect(await verdict('flags.eml', firstEnvelope)).toMatchObject({
      result: 'pass',
      hops: [{ t: 1_763_000_000, s: ['ed', 'rsa'], f: ['exploded', 'feedback'] }],
    })
  })

  test('the null reverse-path is signed as such', async () => {
    const envelope = ['--mail-from', '<>', '--rcpt-to', 'team@list.example']
    await write('null.eml', ['sign', 'original.eml', ...originator, ...envelope])
    expect(await verdict('null.eml', envelope)).toMatchObject({ result: 'pass', hops: [{ mf: '' }] })
  })

  test.each([
    [originator.slice(2), 'required option'],
    [[...originator, '--rcpt-to', 'x@x.example'], 'expected the envelope'],
    [[...originator, ...firstEnvelope, '--next-domain', 'x.example'], 'expected the envelope'],
    [[...originator, ...firstEnvelope, '--selector', 'x'], 'belong together'],
    [[...originator, '--mail-from', 'a@other.example', '--rcpt-to', 'x@x.example'], 'domain not aligned'],
    [[...originator, ...firstEnvelope, '--nonce', 'two words'], 'parameter invalid'],
    [[...originator, ...firstEnvelope, '--flags', 'exploded,urgent'], "'urgent' is none of"],
    [[...originator, ...firstEnvelope, '--time', 'now'], 'expected Unix time'],
    [[...originator, ...firstEnvelope, '--profile', 'other'], 'Allowed choices'],
    [[...originator, ...firstEnvelope, '--previous', 'absent.eml'], 'absent.eml: cannot be read'],
  ])('%j is a mistake: exit status 2, nothing on standard output', async (args, complaint) => {
    const run = await relay(['sign', 'original.eml', ...args])
    expect(run).toMatchObject({ status: 2, out: '' })
    expect(run.notes).toContain(complaint)
  })

  test('a hop that does not follow from the one before exits 1', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope])
    const run = await relay(['sign', 'first.eml', ...originator, ...firstEnvelope])
    expect(run).toMatchObject({ status: 1, out: '' })
    expect(run.notes).toContain('does not follow from rt= of i=1')
  })

  test('a message that has lost fields of the chain is told', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope])
    const run = await relay(['sign', 'original.eml', ...list, ...secondEnvelope, '--previous', 'first.eml'])
    expect(run.status).toBe(2)
    expect(run.notes).toContain('original.eml lacks DKIM2 fields of first.eml')
  })

  test('RSA below 2048 bits and keys that others may read are refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    writeFileSync('small.pem', pem, { mode: 0o600 })
    const key = ['--domain', 'origin.example', '--selector', 'x', '--key', 'small.pem']
    const small = await relay(['sign', 'original.eml', ...key, ...firstEnvelope])
    expect(small.status).toBe(2)
    expect(small.notes).toContain(
      'RSA with 1024 bits cannot sign; expected Ed25519, ML-DSA-44, or RSA of 2048 bits or more',
    )
    chmodSync('small.pem', 0o644)
    const open = await relay(['sign', 'original.eml', ...key, ...firstEnvelope])
    expect(open.notes).toContain('chmod 600')
    expect(small.notes + open.notes).not.toContain(String(pem).split('\n')[1])
  })
})

describe('profile message-instance', () => {
  const instance = ['--profile', 'message-instance']

  /** A message that carries `donotmodify`, which revision 09 ignores, and was modified. */
  async function modified(): Promise<void> {
    const old = ['--revision', '06']
    const request = [...instance, ...old, '--flags', 'donotmodify']
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope, ...request])
    const changed = readFileSync('first.eml', 'latin1').replace('Subject: Plans', 'Subject: [team] Plans')
    writeFileSync('changed.eml', changed, 'latin1')
    const args = ['sign', 'changed.eml', ...list, ...secondEnvelope, '--previous', 'first.eml', ...old]
    await write('modified.eml', args)
  }

  test('a chain is signed, extended in its own profile, verified, and undone', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope, ...instance])
    const changed = readFileSync('first.eml', 'latin1').replace('two\r\n', 'TWO\r\n')
    writeFileSync('changed.eml', changed, 'latin1')
    await write('second.eml', ['sign', 'changed.eml', ...list, ...secondEnvelope, '--previous', 'first.eml'])
    expect(await verdict('second.eml', secondEnvelope)).toMatchObject({
      result: 'pass',
      profile: 'message-instance',
    })
    expect((await relay(['undo', 'second.eml'])).out).toBe(readFileSync('first.eml', 'latin1'))
  })

  test('--profile that contradicts the chain is a mistake', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope, ...instance])
    const run = await relay(['sign', 'first.eml', ...list, ...secondEnvelope, '--profile', 'mailversion'])
    expect(run.status).toBe(2)
    expect(run.notes).toContain('first.eml has a chain of profile message-instance')
  })

  test('a changed message without --previous is not signed', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope, ...instance])
    const changed = readFileSync('first.eml', 'latin1').replace('two\r\n', 'TWO\r\n')
    writeFileSync('changed.eml', changed, 'latin1')
    const run = await relay(['sign', 'changed.eml', ...list, ...secondEnvelope])
    expect(run).toMatchObject({ status: 2, out: '' })
    expect(run.notes).toContain('no recipe says how')
  })

  test('ML-DSA-44 signs beside Ed25519, in this profile only', async () => {
    const made = await relay([
      'keys',
      'generate',
      '--keys',
      'keys',
      '--domain',
      'origin.example',
      '--algorithm',
      'mldsa44',
    ])
    expect(made.out).toContain('v=DKIM1; k=mldsa44; p=')
    writeFileSync('zone.json', (await relay(['keys', 'dns', '--keys', 'keys', '--json'])).out)
    const key = ['--selector', 'mldsa', '--key', 'keys/mldsa._domainkey.origin.example.pem']
    const args = ['sign', 'original.eml', ...originator, ...key, ...firstEnvelope]
    await write('quantum.eml', [...args, ...instance])
    expect(await verdict('quantum.eml', firstEnvelope)).toMatchObject({
      result: 'pass',
      hops: [{ s: ['ed', 'mldsa'], a: ['ed25519-sha256', 'mldsa44'] }],
    })
    expect(await relay(args)).toMatchObject({ status: 2, out: '' })
  })

  test('verify --revision chooses the rules, and both tells which one makes the verdicts differ', async () => {
    await modified()
    const args = ['verify', 'modified.eml', '--dns', 'zone.json', ...secondEnvelope]
    expect((await relay([...args, '--revision', '09'])).status).toBe(0)
    expect((await relay([...args, '--revision', '06'])).status).toBe(1)
    const json = await relay([...args, '--revision', 'both', '--json'])
    expect(json.status).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({
      revisions: {
        '06': { result: 'fail', error: 'Message has been modified despite a donotmodify request' },
        '09': { result: 'pass' },
      },
      differ: { since: '07', rule: 'requests' },
      envelope: 'checked',
    })
    const text = await relay([...args, '--revision', 'both'])
    expect(text.out).toMatch(/^Revision 06:\n {2}FAIL Message has been modified/)
    expect(text.out).toContain(
      '06 and 09 differ since 07 (section 10.10): donotmodify and donotexplode are ignored.',
    )
  })

  test('verify --revision all has the verdict of each revision and the rule of each difference', async () => {
    await modified()
    const run = await relay(['verify', 'modified.eml', '--dns', 'zone.json', '--revision', 'all', '--json'])
    expect(run.status).toBe(1)
    const { revisions, differences } = JSON.parse(run.out)
    const results = Object.entries<{ result: string }>(revisions).map(([name, { result }]) => [name, result])
    expect(results.sort()).toEqual([
      ['06', 'fail'],
      ['07', 'pass'],
      ['08', 'pass'],
      ['09', 'pass'],
    ])
    expect(differences).toEqual([
      {
        from: '06',
        to: '07',
        since: '07',
        section: '10.10',
        rule: 'requests',
        text: 'donotmodify and donotexplode are ignored',
      },
    ])
  })

  test('a message on which the revisions agree', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope, ...instance])
    const run = await relay(['verify', 'first.eml', '--dns', 'zone.json', '--revision', 'both'])
    expect(run.status).toBe(0)
    expect(run.out).toContain('The revisions agree.\nThe envelope was not checked')
  })

  test('explain and undo read by a revision too', async () => {
    await modified()
    const run = await relay(['explain', 'modified.eml', '--dns', 'zone.json', '--revision', '06'])
    expect(run.out).toMatch(/^FAIL Message has been modified/)
    expect(run.out).toContain('- Subject: Plans\n+ Subject: [team] Plans\n')
    const undone = await relay(['undo', 'modified.eml', '--revision', '06'])
    expect(undone.out.toLowerCase()).toBe(readFileSync('first.eml', 'latin1').toLowerCase())
  })
})

describe('undo', () => {
  test('gives the octets that the hop before had sent', async () => {
    await chain()
    const run = await relay(['undo', 'second.eml'])
    expect(run).toMatchObject({ status: 0, notes: '' })
    expect(run.out).toBe(readFileSync('first.eml', 'latin1'))
    expect((await relay(['undo', 'second.eml', '--to', '1'])).out).toBe(run.out)
  })

  test('goes back to before the first version', async () => {
    await chain()
    expect((await relay(['undo', 'second.eml', '--to', '0'])).out).toBe(original)
    expect((await relay(['undo', 'first.eml'])).out).toBe(original)
  })

  test('--json carries the octets in base64', async () => {
    await chain()
    const report = JSON.parse((await relay(['undo', 'second.eml', '--to', '0', '--json'])).out)
    expect(report).toMatchObject({ result: 'undone', profile: 'mailversion', version: 0 })
    expect(Buffer.from(report.message, 'base64').toString('latin1')).toBe(original)
  })

  test('what is not there exits 1 with nothing on standard output', async () => {
    await chain()
    const absent = await relay(['undo', 'second.eml', '--to', '9'])
    expect(absent).toMatchObject({
      status: 1,
      out: '',
      notes: 'second.eml: the message has no such version\n',
    })
    expect((await relay(['undo', 'original.eml'])).status).toBe(1)
    expect(JSON.parse((await relay(['undo', 'original.eml', '--json'])).out)).toMatchObject({
      result: 'absent',
    })
    expect((await relay(['undo', 'second.eml', '--to', 'x'])).status).toBe(2)
  })
})

describe('explain', () => {
  test('shows each change as a diff: what was there before and what stands there now', async () => {
    await chain()
    const { out } = await relay(['explain', 'second.eml', '--dns', 'zone.json'])
    expect(out.slice(out.indexOf('\nversion 2'))).toBe(
      [
        '',
        'version 2, by i=2',
        '- Subject: Plans',
        '+ Subject: [team] Plans',
        'body, line 2',
        '- two',
        '+ TWO',
        'body, line 4',
        '+ -- ',
        '+ footer',
        '',
      ].join('\n'),
    )
  })

  test('--json has the changes as data', async () => {
    await chain()
    const { out } = await relay(['explain', 'second.eml', '--dns', 'zone.json', '--json'])
    expect(JSON.parse(out).changes).toEqual([
      {
        version: 2,
        i: 2,
        headers: [{ name: 'Subject', before: ['Plans'], now: ['[team] Plans'] }],
        body: [
          { line: 2, before: ['two'], now: ['TWO'] },
          { line: 4, before: [], now: ['-- ', 'footer'] },
        ],
        obstacle: null,
      },
    ])
  })

  test('colours only on a terminal', async () => {
    await chain()
    const plain = await relay(['explain', 'second.eml', '--dns', 'zone.json'])
    const coloured = await relay(['explain', 'second.eml', '--dns', 'zone.json'], { colors: true })
    expect(plain.out).not.toContain('\x1b')
    expect(coloured.out).toContain('\x1b[31m- two\x1b[39m')
    expect(coloured.out).toContain('\x1b[32m+ TWO\x1b[39m')
    expect(coloured.out.replace(/\x1b\[\d+m/g, '')).toBe(plain.out)
  })

  test('a page that was replaced is cut short, and control characters of strangers move no cursor', async () => {
    await write('first.eml', ['sign', 'original.eml', ...originator, ...firstEnvelope])
    const page = Array.from({ length: 50 }, (_, line) => `line ${line} \x1b[2J\r\n`).join('')
    writeFileSync('changed.eml', readFileSync('first.eml', 'latin1').replace('two\r\n', page), 'latin1')
    await write('paged.eml', ['sign', 'changed.eml', ...list, ...secondEnvelope, '--previous', 'first.eml'])
    const { out } = await relay(['explain', 'paged.eml', '--dns', 'zone.json'])
    expect(out).toContain('+ line 19 \\x1b[2J\n+ and 30 lines more\n')
    expect(out).not.toContain('\x1b')
  })
})
