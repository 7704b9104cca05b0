/** users, on a database that no relay has opened: what each command does, says and ends with. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Credentials } from '../../../src/accounts/credentials.ts'
import { isPassword } from '../../../src/accounts/password.ts'
import { openWriter } from '../../support/database-beside.ts'
import { relay, usualNow } from './command-line.ts'

const checkout = process.cwd()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'users-cli-'))
  process.chdir(folder)
  writeFileSync(
    'relay.config.ts',
    `export default { hostname: 'relay.example', listeners: [{ name: 'mx', port: 0 }], domains: { 'alias.example': {}, 'sales.example': {} } }\n`,
  )
})

afterEach(() => {
  process.chdir(checkout)
  rmSync(folder, { recursive: true })
})

const password = 'correct horse'

function users(...args: string[]) {
  return relay(['users', ...args], { input: `${password}\n` })
}

function store<T>(use: (writer: ReturnType<typeof openWriter>) => T): T {
  const writer = openWriter(join(folder, 'data', 'relay.sqlite'))
  try {
    return use(writer)
  } finally {
    writer.close()
  }
}

async function shown(name: string) {
  return JSON.parse((await users('show', name, '--json')).out)
}

describe('users add', () => {
  test('makes an account whose password is kept nowhere', async () => {
    const { status, out, notes } = await users(
      'add',
      'Ann@alias.example',
      '--sender',
      '@Sales.example',
      '--daily',
      '50',
    )
    expect([status, out, notes]).toEqual([0, 'Ann@alias.example: added, may send as @sales.example\n', ''])
    const account = store(writer => writer.account('ann@alias.example'))
    expect(account).toMatchObject({
      state: 'active',
      dailyLimit: 50,
      clients: 'observe',
      createdAt: usualNow,
    })
    const credentials = account?.credentials as Credentials | undefined
    expect(credentials && (await isPassword(password, credentials.scrypt))).toBe(true)
    for (const file of readdirSync('data'))
      expect(readFileSync(join('data', file)).includes('horse')).toBe(false)
  })

  test('lets an account whose name is an address send from that', async () => {
    await users('add', 'ann@alias.example')
    expect(await shown('ANN@alias.example')).toMatchObject({
      senders: ['ann@alias.example'],
      dailyLimit: null,
    })
  })

  test.each([
    ['a name with white space', ['a b', '--sender', '@alias.example'], /^a b: expected a name such as/],
    ['no sender', ['ann'], /^ann: expected --sender/],
    [
      'a sender of another domain',
      ['ann', '--sender', 'ann@far.example'],
      /domain of the configuration \(alias\.example, sales/,
    ],
    ['a sender that is none', ['ann', '--sender', 'nonsense'], /^nonsense: expected an address/],
    ['a limit that is no number', ['ann', '--sender', '@alias.example', '--daily', 'many'], /whole number/],
    [
      'a rule that there is not',
      ['ann', '--sender', '@alias.example', '--clients', 'x'],
      /'observe' or 'bind'/,
    ],
  ])('refuses %s', async (_, args, said) => {
    const { status, notes } = await users('add', ...args)
    expect([status, notes]).toEqual([2, expect.stringMatching(said)])
  })

  test('refuses a password that is too short, and has no option for one', async () => {
    const short = await relay(['users', 'add', 'ann@alias.example'], { input: 'short\n' })
    expect([short.status, short.notes]).toEqual([
      2,
      expect.stringMatching(/^expected a password of at least 8/),
    ])
    expect(short.notes).not.toContain('short\n')
    expect((await users('add', 'ann@alias.example', '--password', 'correct horse')).status).toBe(2)
    expect((await users('show', 'ann@alias.example')).status).not.toBe(0)
  })

  test('refuses a name that is there, before it asks for a password', async () => {
    await users('add', 'ann@alias.example')
    const again = await relay(['users', 'add', 'ANN@alias.example'], { input: '' })
    expect([again.status, again.notes]).toEqual([1, 'ANN@alias.example: there is an account of that name\n'])
  })
})

describe('an account', () => {
  beforeEach(async () => {
    await users('add', 'ann@alias.example')
  })

  test('gets another password, which signs it out', async () => {
    const before = store(writer => writer.account('ann@alias.example'))
    const run = await relay(['users', 'passwd', 'ann@alias.example'], {
      input: 'another horse\n',
      now: usualNow + 5,
    })
    expect(run).toMatchObject({ status: 0, out: 'ann@alias.example: new password\n' })
    const after = store(writer => writer.account('ann@alias.example'))
    expect(after?.changedAt).toBe(usualNow + 5)
    expect(after?.credentials).not.toEqual(before?.credentials)
  })

  test('is changed, disabled, enabled and removed', async () => {
    expect((await users('set', 'ann@alias.example', '--daily', '7', '--clients', 'bind')).status).toBe(0)
    expect((await users('disable', 'ann@alias.example')).out).toBe('ann@alias.example: disabled\n')
    expect(await shown('ann@alias.example')).toMatchObject({
      dailyLimit: 7,
      clients: 'bind',
      state: 'disabled',
    })
    await users('set', 'ann@alias.example', '--daily', 'default')
    expect((await users('enable', 'ann@alias.example')).status).toBe(0)
    expect(await shown('ann@alias.example')).toMatchObject({ dailyLimit: null, state: 'active' })
    expect((await users('remove', 'ann@alias.example')).status).toBe(2)
    expect((await users('remove', 'ann@alias.example', '--yes')).status).toBe(0)
    expect((await users('list')).out).toBe('There are no accounts.\n')
  })

  test('shows its day and its clients, by keys that allow and forget take', async () => {
    const key = '0123456789abcdef'
    store(writer => {
      const { id = 0 } = writer.account('ann@alias.example') ?? {}
      writer.noteClient(id, key, usualNow, 10)
    })
    expect((await users('show', 'ann@alias.example')).out).toMatch(new RegExp(`${key} +seen +1 `))
    expect((await users('clients', 'allow', 'ann@alias.example', key)).out).toBe(
      'ann@alias.example: 1 client allowed\n',
    )
    expect((await users('clients', 'allow', 'ann@alias.example', key)).status).toBe(1)
    expect(await shown('ann@alias.example')).toMatchObject({
      knownClients: [{ key, state: 'allowed' }],
      sentToday: 0,
    })
    expect((await users('clients', 'forget', 'ann@alias.example', '--all')).status).toBe(0)
    expect((await users('clients', 'forget', 'ann@alias.example', 'nonsense')).status).toBe(2)
    expect((await users('list')).out).toMatch(/^ann@alias\.example +active +0 +observe +ann@alias\.example$/m)
  })

  test.each([['passwd'], ['disable'], ['show'], ['set', '--daily', '3'], ['remove', '--yes']])(
    'of a name that is not there: users %s says so with status 1',
    async (command, ...more) => {
      const { status, notes } = await users(command, 'ghost', ...more)
      expect([status, notes]).toEqual([1, 'ghost: there is no such account\n'])
    },
  )

  test('stays as it is where one name of several is not there', async () => {
    expect((await users('disable', 'ann@alias.example', 'ghost')).status).toBe(1)
    expect(await shown('ann@alias.example')).toMatchObject({ state: 'active' })
  })
})

describe('users import', () => {
  const csv = (...lines: string[]) => relay(['users', 'import', '-'], { input: `${lines.join('\n')}\n` })

  test('makes the accounts of a file, and leaves those that there are', async () => {
    const file = [
      'Name,Password,Senders,Daily',
      `ann@alias.example,${password},,`,
      `bob,${password},@sales.example b@alias.example,9`,
    ]
    expect(await csv(...file)).toMatchObject({ status: 0, out: '2 added, 0 were there before.\n' })
    expect(await shown('bob')).toMatchObject({
      senders: ['@sales.example', 'b@alias.example'],
      dailyLimit: 9,
    })
    expect(await csv(...file)).toMatchObject({ status: 0, out: '0 added, 2 were there before.\n' })
  })

  test('imports nothing where a line is wrong, and says which without its password', async () => {
    const run = await csv(
      'name,password,senders',
      `ann@alias.example,${password},`,
      'bob,hunter2,@alias.example',
      `eve,${password},`,
    )
    expect(run.status).toBe(2)
    expect(run.notes).toMatch(/-:3: bob: expected a password[\s\S]*-:4: eve: expected --sender/)
    expect(run.notes).not.toMatch(/hunter2|horse/)
    const broken = await csv('name,password', `ann,"${password}`)
    expect([broken.status, broken.notes]).toEqual([2, expect.stringMatching(/^-: expected CSV/)])
    expect(broken.notes).not.toContain('horse')
    expect((await users('list')).out).toBe('There are no accounts.\n')
  })
})
