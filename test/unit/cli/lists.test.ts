/** lists, on a database that no relay has opened: what each command does, says and ends with. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWriter } from '../../support/database-beside.ts'
import type { Run } from './command-line.ts'
import { relay } from './command-line.ts'

const checkout = process.cwd()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lists-cli-'))
  process.chdir(folder)
  const aliases = `{ 'lists.example': { aliases: { team: ['a@x.example'], '*': ['b@x.example'] } } }`
  writeFileSync(
    'relay.config.ts',
    `export default { hostname: 'relay.lists.example', listeners: [{ name: 'mx', port: 0 }], domains: ${aliases} }\n`,
  )
})

afterEach(() => {
  process.chdir(checkout)
  rmSync(folder, { recursive: true })
})

function lists(...args: string[]): Promise<Run> {
  return relay(['lists', ...args])
}

function create(...more: string[]): Promise<Run> {
  return lists('create', 'News@Lists.example', '--owner', 'owner@owners.example', ...more)
}

async function json(...args: string[]) {
  return JSON.parse((await lists(...args, '--json')).out)
}

async function people(): Promise<string[]> {
  const { out } = await lists('export', 'news@lists.example', '--json')
  const lines = out.split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line).address)
}

describe('lists create', () => {
  test('makes a list before the first start of the relay, with the settings that were asked for', async () => {
    expect(await create('--title', 'News', '--set', 'subjectTag=[news]')).toMatchObject({
      status: 0,
      notes: '',
    })
    expect(await json('show', 'NEWS@lists.example')).toMatchObject({
      address: 'news@lists.example',
      title: 'News',
      subscribers: { active: 0, suspended: 0 },
      settings: { owners: ['owner@owners.example'], subjectTag: '[news]', posting: 'subscribers' },
      failing: [],
    })
    expect((await lists('list')).out).toMatch(/news@lists\.example +0 +0 +News\n/)
  })

  test('makes each list once: exit status 1', async () => {
    await create()
    const again = await create()
    expect(again.status).toBe(1)
    expect(again.notes).toBe('news@lists.example: there is a list of this address already\n')
  })

  test.each([
    [
      ['news@elsewhere.example', '--owner', 'o@x.example'],
      'expected a domain of the configuration (lists.example)',
    ],
    [['team@lists.example', '--owner', 'o@x.example'], 'there is an alias of this name'],
    [['news-owner@lists.example', '--owner', 'o@x.example'], 'commands of the list news'],
    [['b+x@lists.example', '--owner', 'o@x.example'], 'letters, digits, hyphens'],
    [['news', '--owner', 'o@x.example'], 'expected an address such as news@lists.example'],
    [['news@lists.example'], 'expected --owner ADDRESS'],
    [
      ['news@lists.example', '--owner', 'nobody'],
      "owners[0]: expected an address such as someone@destination.example, found 'nobody'",
    ],
    [
      ['news@lists.example', '--owner', 'o@x.example', '--set', 'colour=red'],
      'colour: unknown setting; expected one of title, language, owners,',
    ],
    [['news@lists.example', '--owner', 'o@x.example', '--set', 'colour'], 'colour: expected name=value'],
  ])('%j is a mistake: exit status 2, what would be right, and nothing is made', async (args, text) => {
    const run = await lists('create', ...args)
    expect(run).toMatchObject({ status: 2, out: '' })
    expect(run.notes).toContain(text)
    if (existsSync('data')) expect(await json('list')).toEqual([])
  })
})

describe('lists set', () => {
  beforeEach(() => create())

  test('reads each value as its setting wants it', async () => {
    const values = [
      'maxMessageBytes=50000',
      'owners=a@x.example, b@x.example',
      'footer.text=One\nTwo',
      'subjectTag=[1]',
    ]
    const more = ['bounceScore.suspendAt=2.5', 'mayPost=["c@x.example"]', 'replyTo=list']
    expect((await json('set', 'news@lists.example', ...values, ...more)).settings).toMatchObject({
      maxMessageBytes: 50_000,
      owners: ['a@x.example', 'b@x.example'],
      footer: { text: 'One\nTwo' },
      subjectTag: '[1]',
      bounceScore: { suspendAt: 2.5, hardPoints: 1 },
      mayPost: ['c@x.example'],
      replyTo: 'list',
    })
  })

  test('takes a default back where nothing stands behind the =', async () => {
    await lists('set', 'news@lists.example', 'subjectTag=[news]', 'footer.text=x')
    const { settings } = await json('set', 'news@lists.example', 'subjectTag=', 'footer=')
    expect(settings).toMatchObject({ subjectTag: null, footer: null })
  })

  test('changes nothing when one value is wrong, and says which', async () => {
    const run = await lists(
      'set',
      'news@lists.example',
      'subjectTag=[x]',
      'maxMessageBytes=many',
      'owners=a@x.example,b',
    )
    expect(run.status).toBe(2)
    expect(run.notes).toContain("maxMessageBytes: expected a number, found 'many'")
    expect(run.notes).toContain(
      "owners[1]: expected an address such as someone@destination.example, found 'b'",
    )
    expect((await json('show', 'news@lists.example')).settings.subjectTag).toBeNull()
  })

  test('knows no list that is not there: exit status 1, and which there are', async () => {
    const run = await lists('set', 'new@lists.example', 'subjectTag=[x]')
    expect(run.status).toBe(1)
    expect(run.notes).toBe('new@lists.example: no such list; there are news@lists.example\n')
  })
})

describe('some people', () => {
  beforeEach(() => create())

  test('are subscribed once, suspended, resumed and unsubscribed', async () => {
    expect((await lists('subscribe', 'news@lists.example', '<Ann@x.example>', 'b@x.example')).out).toBe(
      'Ann@x.example: subscribed\nb@x.example: subscribed\n',
    )
    expect(await lists('subscribe', 'news@lists.example', 'ann@X.example')).toMatchObject({
      status: 0,
      out: 'ann@X.example: subscribed before\n',
    })
    expect(await lists('suspend', 'news@lists.example', 'b@x.example', '--reason', 'on leave')).toMatchObject(
      { status: 0 },
    )
    expect(await json('show', 'news@lists.example', 'B@x.example')).toMatchObject({
      state: 'suspended',
      suspendedBy: 'operator',
      reason: 'on leave',
    })
    expect((await lists('show', 'news@lists.example')).out).toContain('1 active, 1 suspended')
    expect(await lists('resume', 'news@lists.example', 'b@x.example')).toMatchObject({ status: 0 })
    expect(await lists('unsubscribe', 'news@lists.example', 'ann@x.example')).toMatchObject({ status: 0 })
    expect(await people()).toEqual(['b@x.example'])
  })

  test('who are not there are named, with exit status 1', async () => {
    expect(await lists('unsubscribe', 'news@lists.example', 'x@x.example')).toMatchObject({
      status: 1,
      out: 'x@x.example: not subscribed\n',
    })
    expect((await lists('resume', 'news@lists.example', 'x@x.example')).status).toBe(1)
    expect((await lists('show', 'news@lists.example', 'x@x.example')).status).toBe(1)
  })

  test('are all subscribed or none: a wrong address among them is a mistake', async () => {
    const run = await lists(
      'subscribe',
      'news@lists.example',
      'a@x.example',
      'b@localhost',
      'news-owner@lists.example',
    )
    expect(run.status).toBe(2)
    expect(run.notes).toContain('b@localhost: expected a whole domain after the @')
    expect(run.notes).toContain('news-owner@lists.example: expected another address')
    expect(await people()).toEqual([])
  })
})

describe('lists import', () => {
  beforeEach(() => create())

  function importText(text: string, ...more: string[]): Promise<Run> {
    writeFileSync('people.csv', text)
    return lists('import', 'news@lists.example', 'people.csv', ...more)
  }

  test('reads a bare column of addresses, with blank lines, quotation marks and repetitions', async () => {
    const run = await importText('a@x.example\r\n\r\n"b@x.example"\n<c@x.example>\nA@X.example\n')
    expect(run).toMatchObject({
      status: 0,
      notes: '',
      out: '3 subscribed, 0 were subscribed before, 1 repeated, 0 wrong lines.\n',
    })
    expect(await people()).toEqual(['a@x.example', 'b@x.example', 'c@x.example'])
    expect((await importText('a@x.example\nd@x.example\n')).out).toContain(
      '1 subscribed, 1 were subscribed before',
    )
  })

  test('finds the column of the addresses by the header, with the separators and the mark of spreadsheets', async () => {
    await importText('\ufeffName;E-Mail;State\r\nAnn;a@x.example;\r\nBob;b@x.example;suspended\r\n')
    expect(await json('show', 'news@lists.example', 'b@x.example')).toMatchObject({ state: 'suspended' })
    expect(await people()).toEqual(['a@x.example', 'b@x.example'])
  })

  test('tells every wrong line with its number and what would be right, and then imports nothing', async () => {
    const run = await importText('a@x.example\nnobody\n\nb@localhost\nb@x.example,too,many\n"c@x.example"x\n')
    expect(run.status).toBe(1)
    expect(run.notes).toBe(
      [
        "people.csv:2: expected an address such as someone@destination.example, found 'nobody'",
        "people.csv:4: expected a whole domain after the @, such as localhost.example, found 'b@localhost'",
        'people.csv:6: expected quotation marks around a whole field, and doubled inside it',
        '',
      ].join('\n'),
    )
    expect(run.out).toBe(
      'Nothing was imported: 3 wrong lines; behind the last of them nothing can be read.\n',
    )
    expect(await people()).toEqual([])
  })

  test('counts lines as editors do, also behind fields of several lines', async () => {
    const run = await importText('address,note\r\na@x.example,"one\r\ntwo"\r\n\r\nnobody,\r\nb@localhost')
    expect(run.notes).toMatch(/^people\.csv:5: .*\npeople\.csv:6: .*\n$/)
  })

  test('imports nothing, whatever was asked, when a quotation mark swallows the rest of the file', async () => {
    const run = await importText(`a@x.example\n"b@x.example\n${'c@x.example\n'.repeat(9)}`, '--skip-bad')
    expect(run.status).toBe(1)
    expect(run.notes).toContain('people.csv:2: expected a second quotation mark')
    expect(run.out).toContain('nothing can be read')
    expect(await people()).toEqual([])
  })

  test('imports the rest when asked to, and still ends with 1', async () => {
    const run = await importText('a@x.example\nnobody\nb@x.example\n', '--skip-bad', '--json')
    expect(run.status).toBe(1)
    expect(JSON.parse(run.out)).toMatchObject({ added: 2, present: 0, imported: true, bad: [{ line: 2 }] })
    expect(await people()).toEqual(['a@x.example', 'b@x.example'])
  })

  test('only looks when asked to', async () => {
    expect(await importText('a@x.example\n', '--dry-run')).toMatchObject({ status: 0 })
    expect(await people()).toEqual([])
  })

  test('reads standard input', async () => {
    const run = await relay(['lists', 'import', 'news@lists.example', '-'], { input: 'a@x.example\n' })
    expect(run.status).toBe(0)
    expect(await people()).toEqual(['a@x.example'])
  })

  test('refuses what is not UTF-8, names the line, and survives a quotation mark that is never closed', async () => {
    writeFileSync('people.csv', Buffer.from('a@x.example\nb\xe9@x.example\n', 'latin1'))
    const latin = await lists('import', 'news@lists.example', 'people.csv')
    expect(latin).toMatchObject({ status: 1 })
    expect(latin.notes).toContain('people.csv:2: expected UTF-8')
    const open = await importText(`a@x.example\n"b@x.example\n${'c@x.example\n'.repeat(2_000)}`)
    expect(open.status).toBe(1)
    expect(open.notes).toMatch(/people\.csv:\d+: expected/)
    expect(await people()).toEqual([])
    expect((await lists('import', 'news@lists.example', 'absent.csv')).status).toBe(2)
  })

  test('moves no cursor with what stands in a wrong line', async () => {
    expect((await importText('\x1b[2Jnobody\n')).notes).not.toContain('\x1b')
  })

  test('reads what export wrote: who is suspended stays suspended, with the time of the subscription', async () => {
    await importText('address,subscribed_at\na@x.example,2024-05-01T00:00:00.000Z\nb@x.example,\n')
    await lists('suspend', 'news@lists.example', 'b@x.example', '--reason', 'said "no", twice')
    const exported = (await lists('export', 'news@lists.example')).out
    await lists('delete', 'news@lists.example', '--yes')
    await create()
    expect((await importText(exported)).status).toBe(0)
    expect((await lists('export', 'news@lists.example')).out).toBe(exported)
    expect((await lists('export', 'news@lists.example', '--state', 'active')).out).toContain(
      '2024-05-01T00:00:00.000Z',
    )
  })

  test('shows how far it has come', async () => {
    const many = Array.from({ length: 12_000 }, (_, at) => `p${at}@x.example\n`).join('')
    const run = await importText(many)
    expect(run.out).toContain('12000 subscribed')
    expect(run.progress).toContain('5000 lines read')
    expect(run.progress).toContain('10000 of 12000 subscribed')
    expect(run.progress.at(-1)).toBe('')
  })
})

describe('lists delete', () => {
  test('asks to be meant, and then removes the list with its subscribers', async () => {
    await create()
    await lists('subscribe', 'news@lists.example', 'a@x.example')
    const asked = await lists('delete', 'news@lists.example')
    expect(asked).toMatchObject({ status: 2, out: '' })
    expect(asked.notes).toContain('with 1 subscribers would be removed; --yes does it')
    expect(await lists('delete', 'news@lists.example', '--yes')).toMatchObject({ status: 0 })
    expect(await json('list')).toEqual([])
  })
})

test('a list that a newer program wrote is not guessed at', async () => {
  await create()
  const writer = openWriter('data/relay.sqlite')
  writer.changeList(1, { owners: ['o@x.example'], future: true })
  writer.close()
  const run = await lists('show', 'news@lists.example')
  expect(run.status).toBe(1)
  expect(run.notes).toContain('its settings cannot be read')
})

test('without a database, what only reads says so: exit status 2', async () => {
  expect(await lists('list')).toMatchObject({ status: 2, out: '' })
})
