/**
 * Commands with --server: each prints, octet for octet, what it prints beside the relay. The relay is a process of its own; the commands
 * are run as the executable runs them.
 */
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { makeToken } from '../support/api.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'
import type { Circumstances, Run } from '../unit/cli/command-line.ts'
import { relay as command } from '../unit/cli/command-line.ts'

interface Both {
  readonly queueId: string
  readonly folder: string
  readonly server: string
  here(args: readonly string[], more?: Circumstances): Promise<Run>
  there(args: readonly string[], more?: Circumstances): Promise<Run>
}

let both: Both

/** A relay with a message whose copies wait, a moderated list with a held post, and an account. */
beforeEach(async () => {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const settings = {
    dns: on.dns,
    config: {
      admin: { port: 0, api: true },
      domains: {
        'alias.example': { aliases: { team: ['one@dead.example', 'two@dead.example'] } },
        'lists.example': {},
      },
      routes: { 'dead.example': { host: '127.0.0.1', port: 1, tls: 'none' as const } },
      queue: { retrySeconds: [3_600] },
    },
  }
  const relay = await startRelayProcess(testConfig(settings, folder), folder, on.zone)
  afterTest(() => relay.end('SIGKILL'))
  const octets = plainMessage()
  const { queueId } = await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets })
  await relay.logged('"queueId"')
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, `${makeToken(join(folder, 'data', 'relay.sqlite'), ['admin'])}\n`, {
    mode: 0o600,
  })
  const server = `http://127.0.0.1:${relay.adminPort}`
  const now = Date.now()
  both = {
    queueId,
    folder,
    server,
    here: (args, more) => command([...args, '--config', join(folder, 'relay.config.ts')], { now, ...more }),
    there: (args, more) =>
      command([...args, '--server', server, '--token-file', tokenFile], { now, ...more }),
  }
})

/** What differs from one moment to the next. */
function timeless(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/"(residentBytes|heapBytes)": \d+/g, '"$1": 0')
    .replace(/\d+ MiB/, '0 MiB')
    .replace(/\d+ (s|min) ago/g, '0 s ago')
}

async function expectSame(args: readonly string[], more?: Circumstances): Promise<Run> {
  const [here, there] = [await both.here(args, more), await both.there(args, more)]
  const named = (run: Run) => ({ args, status: run.status, out: run.out, notes: run.notes })
  expect(named(there)).toEqual(named(here))
  return here
}

describe('what looks at something prints the same', () => {
  test('of messages and the queue', async () => {
    const { queueId } = both
    const commands = [
      ['hops', 'list'],
      ['hops', 'search', '--from', 'origin.example', '--to', 'team@alias.example', '--limit', '3'],
      ['hops', 'search', '--from', 'nobody.example'],
      ['hops', 'search', '--since', '1h', '--state', 'forwarded'],
      ['hops', 'show', queueId],
      ['hops', 'show', queueId, '--changes'],
      ['hops', 'show', 'NOSUCHID'],
      ['hops', 'show', '../../status'],
      ['queue', 'list'],
      ['queue', 'list', '--state', 'held'],
      ['queue', 'show', queueId.toLowerCase()],
      ['queue', 'show', 'NOSUCHID'],
    ]
    for (const args of commands) {
      await expectSame(args)
      await expectSame([...args, '--json'])
    }
    const listed = await both.there(['queue', 'list', '--limit', '1', '--json'])
    expect(JSON.parse(listed.out)).toHaveLength(1)
  })

  test('of what is not there, and of what is a mistake', async () => {
    const commands: readonly (readonly [string[], number])[] = [
      [['lists', 'show', 'news@lists.example'], 1],
      [['lists', 'show', 'news'], 2],
      [['lists', 'export', 'none@lists.example'], 1],
      [['aliases', 'set', 'x@foreign.example', 'b@x.example'], 2],
      [['aliases', 'set', 'team@alias.example', 'b@x.example'], 1],
      [['aliases', 'remove', 'x@alias.example'], 1],
      [['lists', 'create', 'team@alias.example', '--owner', 'o@x.example'], 2],
      [['lists', 'create', 'news@lists.example', '--owner', 'o@x.example', '--set', 'language=xx'], 2],
      [['queue', 'hold', 'not/a/delivery'], 2],
      [['queue', 'hold', 'NOSUCHID'], 1],
      [['users', 'show', 'nobody'], 1],
      [['users', 'add', 'x@foreign.example'], 2],
      [['forget', 'nonsense'], 2],
      [['lists', 'approve', '99'], 1],
    ]
    for (const [args, status] of commands)
      expect([args, (await expectSame(args)).status]).toEqual([args, status])
  })

  test('of the relay itself', async () => {
    for (const args of [['status'], ['status', '--json']]) {
      const [here, there] = [await both.here(args), await both.there(args)]
      expect(timeless(there.out)).toBe(timeless(here.out))
      expect(here.out).toContain('admin')
    }
    await expectSame(['reload'])
    await expectSame(['reload', '--json'])
    await writeFile(join(both.folder, 'relay.config.ts'), 'export default { hostname: 5 }\n')
    const refused = await both.there(['reload'])
    expect(refused.status).toBe(1)
    expect(refused.notes).toContain('hostname: expected text, found 5')
  })
})

describe('what changes something does the same and prints the same', () => {
  /** Each time from the same state: what was done beside the relay is taken back before. */
  async function expectSameChange(args: readonly string[], back: readonly string[], more?: Circumstances) {
    for (const form of [args, [...args, '--json']]) {
      const here = await both.here(form, more)
      await both.here(back)
      const there = await both.there(form, more)
      expect({ args: form, ...there, progress: [] }).toEqual({ args: form, ...here, progress: [] })
      await both.here(back)
    }
  }

  test('with the queue', async () => {
    const { queueId } = both
    await expectSameChange(['queue', 'hold', `${queueId}/0`], ['queue', 'release', '--all'])
    await both.here(['queue', 'hold', '--all'])
    await expectSameChange(['queue', 'release', '--destination', 'Dead.example'], ['queue', 'hold', '--all'])
    await expectSameChange(['queue', 'retry', '--all'], ['queue', 'hold', '--all'])
    expect((await both.there(['queue', 'delete', '--all'])).notes).toContain('--yes does it')
    expect((await both.there(['queue', 'delete', '--all', '--yes'])).out).toBe('all: 2 deliveries given up\n')
    expect((await both.here(['queue', 'list'])).out).toBe('The queue is empty.\n')
  })

  test('with aliases', async () => {
    const remove = ['aliases', 'remove', 'x@alias.example']
    await expectSameChange(['aliases', 'add', 'X@alias.example', '<a@far.example>'], remove)
    await expectSameChange(['aliases', 'set', 'x@alias.example', 'gone@lists.example'], remove)
    await both.there(['aliases', 'set', 'y@alias.example', 'a@far.example', 'b@far.example'])
    expect((await both.there(['aliases', 'remove', 'y@alias.example', 'A@far.example'])).out).toBe(
      'y@alias.example leads to b@far.example\n',
    )
    const map = join(both.folder, 'map')
    await writeFile(map, 'm@alias.example a@far.example\nn@alias.example b@far.example, c@far.example\n')
    await both.here(['aliases', 'import', map])
    expect((await expectSame(['aliases', 'import', map])).out).toContain('2 were so before')
    await expectSame(['aliases', 'import', map, '--dry-run', '--json'])
    expect((await both.there(['aliases', 'import', map, '--replace'])).out).toContain('1 removed')
    await writeFile(map, 'm@foreign.example a@far.example\n')
    expect((await expectSame(['aliases', 'import', map])).status).toBe(1)
    await expectSame(['aliases', 'list'])
    expect((await expectSame(['aliases', 'show', 'N@alias.example'])).out).toMatch(/active/)
    await expectSame(['aliases', 'show', 'n@alias.example', '--json'])
    expect((await expectSame(['aliases', 'show', 'absent@alias.example'])).status).toBe(1)
    expect((await expectSame(['aliases', 'resume', 'a@far.example'])).status).toBe(1)
    await expectSame(['aliases', 'list', 'far', '--limit', '2', '--json'])
    expect((await expectSame(['aliases', 'export'])).out).toContain('n@alias.example b@far.example')
  })

  test('with lists and their subscribers', async () => {
    const list = 'news@lists.example'
    const remove = ['lists', 'delete', list, '--yes']
    await expectSameChange(['lists', 'create', list, '--owner', 'o@far.example', '--title', 'Nüws'], remove)
    await both.there(['lists', 'create', list, '--owner', 'o@far.example'])
    await expectSameChange(
      ['lists', 'set', list, 'subjectTag=[news]', 'footer.text=Bye'],
      ['lists', 'set', list, 'subjectTag='],
    )
    const people = ['p@far.example', '<Q@far.example>']
    const leave = ['lists', 'unsubscribe', list, ...people]
    await expectSameChange(['lists', 'subscribe', list, ...people], leave)
    expect((await expectSame(['lists', 'subscribe', list, 'nonsense'])).status).toBe(2)
    await both.there(['lists', 'subscribe', list, ...people])
    await expectSameChange(
      ['lists', 'suspend', list, 'p@far.example', '--reason', 'ill'],
      ['lists', 'resume', list, 'p@far.example'],
    )
    const csv = join(both.folder, 'people.csv')
    await writeFile(csv, 'address\nr@far.example\nwrong\n')
    await expectSame(['lists', 'import', list, csv])
    await expectSame(['lists', 'import', list, csv, '--dry-run', '--json'])
    await expectSameChange(
      ['lists', 'import', list, csv, '--skip-bad'],
      ['lists', 'unsubscribe', list, 'r@far.example'],
    )
    for (const args of [
      ['lists', 'list'],
      ['lists', 'show', list],
      ['lists', 'show', list, 'p@far.example'],
      ['lists', 'export', list],
    ]) {
      await expectSame(args)
      await expectSame([...args, '--json'])
    }
    expect((await both.there(['lists', 'delete', list])).notes).toContain(
      '2 subscribers would be removed; --yes does it',
    )
    expect((await expectSame(['lists', 'show', list, 'z@far.example'])).status).toBe(1)
    await expectSame(['lists', 'held'])
    await expectSame(['lists', 'held', list, '--json'])
  })

  test('with accounts', async () => {
    const name = 'ann@alias.example'
    const typed = { input: 'correct horse battery\n' }
    const added = await both.there(['users', 'add', name, '--daily', '7'], typed)
    expect(added).toMatchObject({ status: 0, out: `${name}: added, may send as ${name}\n` })
    expect((await expectSame(['users', 'add', name], typed)).status).toBe(1)
    expect((await both.there(['users', 'passwd', name], { input: 'short\n' })).status).toBe(2)
    await expectSame(['users', 'passwd', name], { input: 'another horse battery\n' })
    await expectSame(['users', 'set', name, '--sender', '@alias.example', '--clients', 'bind'])
    await expectSame(['users', 'disable', name])
    await expectSame(['users', 'enable', name])
    await both.there(['users', 'clients', 'allow', name, '0f1e2d3c4b5a6978'])
    for (const args of [
      ['users', 'list'],
      ['users', 'show', name],
    ]) {
      await expectSame(args)
      await expectSame([...args, '--json'])
    }
    expect((await both.there(['users', 'clients', 'forget', name, '--all'])).out).toContain(
      '1 client forgotten',
    )
    expect((await both.there(['users', 'remove', name, '--yes'])).out).toBe(`${name}: removed\n`)
    expect((await both.here(['users', 'list'])).out).toBe('There are no accounts.\n')
  })

  test('when somebody is forgotten, and when a message is previewed', async () => {
    await expectSame(['forget', 'one@nowhere.example'])
    await expectSame(['forget', 'one@nowhere.example', '--json'])
    const file = join(both.folder, 'message.eml')
    await writeFile(file, plainMessage())
    const preview = ['preview', file, '--mail-from', 'a@origin.example', '--rcpt-to', 'nobody@alias.example']
    await expectSame(preview)
    await expectSame([...preview, '--json'])
  })
})

describe('--server', () => {
  const status = (...args: string[]) => command(['status', ...args])

  test('needs a token that nobody else may read', async () => {
    const file = join(both.folder, 'token')
    const args = ['--server', both.server, '--token-file', file]
    await chmod(file, 0o640)
    expect((await status(...args)).notes).toMatch(/mode 640\); chmod 600/)
    await chmod(file, 0o600)
    expect((await status(...args)).status).toBe(0)
    await writeFile(file, 'a password')
    const wrong = await status(...args)
    expect(wrong.status).toBe(2)
    expect(wrong.notes).not.toContain('a password')
    expect((await status('--server', both.server)).notes).toContain('--token-file FILE, or DKIM2_RELAY_TOKEN')
    expect((await status(...args.slice(0, 3), join(both.folder, 'none'))).status).toBe(2)
  })

  test('tells what a token may not do, and that one is not good', async () => {
    const file = join(both.folder, 'token')
    const database = join(both.folder, 'data', 'relay.sqlite')
    await writeFile(file, makeToken(database, ['read'], { name: 'reader' }))
    const refused = await both.there(['queue', 'hold', '--all'])
    expect([refused.status, refused.notes]).toEqual([2, `${both.server}: the token has no scope queue\n`])
    await writeFile(file, makeToken(database, ['read'], { name: 'old', expiresAt: 1 }))
    expect((await both.there(['hops', 'list'])).notes).toBe(`${both.server}: the time of the token is over\n`)
  })
})
