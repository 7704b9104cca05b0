/** Who gets a copy, and what is refused, while targets of aliases are suspended. */
import { describe, expect, test } from 'vitest'
import { aliasTargets } from '../../../../src/config/alias-targets-section.ts'
import { aliasDirectory } from '../../../../src/expand/alias-directory.ts'
import {
  leadsToSuspended,
  SuspendedTargets,
} from '../../../../src/service/alias-targets/suspended-targets.ts'
import { expandEnvelope } from '../../../../src/service/forward/expand-envelope.ts'
import { RecordingLog } from '../../../support/recording-log.ts'

const on = aliasTargets.parse({})

const aliases = aliasDirectory(
  {
    'alias.example': {
      team: ['gone@x.example', 'here@x.example'],
      lost: ['gone@x.example'],
      both: ['lost@alias.example', 'Other@X.example'],
      nowhere: ['gone@x.example', 'absent@alias.example'],
      abuse: ['gone@x.example'],
    },
  },
  { postmaster: 'gone@x.example' },
)

async function suspended(...keys: string[]): Promise<SuspendedTargets> {
  const store = { suspendedTargetsVersion: async () => 1, suspendedTargets: async () => keys }
  const targets = new SuspendedTargets({ config: { aliasTargets: on }, store, log: new RecordingLog() })
  await targets.first()
  return targets
}

async function expanded(recipient: string, ...keys: string[]) {
  const targets = await suspended(...keys)
  const envelope = { reversePath: 's@origin.example', forwardPaths: [recipient], smtpUtf8: false }
  const { copies, suspended: leftOut } = expandEnvelope('Q', envelope, {
    aliases,
    listAt: () => undefined,
    expandBounds: { maxDepth: 10, maxTargets: 100 },
    defaultDomain: 'alias.example',
    bounceAddress: () => 'b@alias.example',
    isCarriable: () => true,
    isSuspended: address => targets.has(address),
  })
  return { to: copies.map(copy => copy.forwardPath), leftOut }
}

describe('copies', () => {
  test('go to the targets that are left', async () => {
    expect(await expanded('team@alias.example', 'gone@x.example')).toEqual({
      to: ['here@x.example'],
      leftOut: ['gone@x.example'],
    })
  })

  test('go to a suspended target where none is left: what was accepted is never dropped', async () => {
    expect(await expanded('lost@alias.example', 'gone@x.example')).toEqual({
      to: ['gone@x.example'],
      leftOut: [],
    })
    expect((await expanded('nowhere@alias.example', 'gone@x.example')).to).toContain('gone@x.example')
  })

  test.each(['postmaster@alias.example', 'abuse@alias.example'])('for %s go wherever it leads', async to => {
    expect((await expanded(to, 'gone@x.example')).to).toEqual(['gone@x.example'])
  })
})

describe('RCPT is refused', () => {
  const refused = async (localPart: string, ...keys: string[]) =>
    leadsToSuspended({ localPart, domain: 'alias.example' }, aliases, await suspended(...keys))

  test('only where everything that an alias leads to is suspended, however far away it stands', async () => {
    expect(await refused('lost', 'gone@x.example')).toBe(true)
    expect(await refused('both', 'gone@x.example')).toBe(false)
    expect(await refused('both', 'gone@x.example', 'other@x.example')).toBe(true)
    expect(await refused('team', 'gone@x.example')).toBe(false)
    expect(await refused('lost')).toBe(false)
  })

  test('never for postmaster and abuse (RFC 5321 section 4.5.1)', async () => {
    expect(await refused('postmaster', 'gone@x.example')).toBe(false)
    expect(await refused('Abuse', 'gone@x.example')).toBe(false)
  })
})

test('the store is asked for its targets only when their version has changed; one that fails leaves them as they are', async () => {
  let version = 1
  let asked = 0
  const log = new RecordingLog()
  const store = {
    suspendedTargetsVersion: async () => {
      if (version > 2) throw new Error('locked')
      return version
    },
    suspendedTargets: async () => {
      asked++
      return ['gone@x.example']
    },
  }
  const targets = new SuspendedTargets({ config: { aliasTargets: on }, store, log })
  await targets.first()
  await targets.check()
  expect(asked).toBe(1)
  version = 2
  await targets.check()
  expect(asked).toBe(2)
  version = 3
  await targets.check()
  expect(targets.has('GONE@x.example')).toBe(true)
})
