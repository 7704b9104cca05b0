import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aliasDirectory } from '../../../src/expand/alias-directory.ts'
import { expandRecipient } from '../../../src/expand/expand.ts'
import { parseMailbox } from '../../../src/message/mailbox.ts'

const bounds = { maxDepth: 10, maxTargets: 100 }
const external = (forwardPath: string) => ({ kind: 'external', forwardPath })

function targetsOf(address: string, domains: Record<string, Record<string, string[]>>, postmaster?: string) {
  return expandRecipient(address, aliasDirectory(domains, { postmaster }), bounds)
}

describe('an alias (RFC 5321 section 3.9.1)', () => {
  test('leads to each of its addresses, in the order of the configuration', () => {
    const domains = { 'alias.example': { team: ['a@x.example', 'b@y.example'] } }
    expect(targetsOf('team@alias.example', domains)).toEqual([
      external('a@x.example'),
      external('b@y.example'),
    ])
  })

  test('is found without regard to the case of local part and domain', () => {
    const domains = { 'alias.example': { Team: ['a@x.example'] } }
    expect(targetsOf('TEAM@Alias.Example', domains)).toEqual([external('a@x.example')])
  })

  test('of an internationalised domain is found under both spellings of it (RFC 5890)', () => {
    const domains = { 'xn--bcher-kva.example': { team: ['a@x.example'] } }
    expect(targetsOf('team@bücher.example', domains)).toEqual([external('a@x.example')])
  })

  test('may lead to other aliases; an address that is reached twice gets one copy', () => {
    const domains = {
      'alias.example': {
        all: ['dev@alias.example', 'ops@alias.example'],
        dev: ['a@x.example', 'b@x.example'],
        ops: ['b@X.example', 'c@x.example'],
      },
    }
    expect(
      targetsOf('all@alias.example', domains).map(target => 'forwardPath' in target && target.forwardPath),
    ).toEqual(['a@x.example', 'b@x.example', 'c@x.example'])
  })

  test('keeps the spelling of other people: local parts that differ in case are two recipients (RFC 5321 section 2.4)', () => {
    const domains = { 'alias.example': { all: ['A@x.example', 'a@x.example'] } }
    expect(targetsOf('all@alias.example', domains)).toHaveLength(2)
  })
})

describe('a catch-all', () => {
  const domains = { 'alias.example': { '*': ['rest@x.example'], team: ['a@x.example'] } }

  test('takes what has no alias of its own', () => {
    expect(targetsOf('anything@alias.example', domains)).toEqual([external('rest@x.example')])
    expect(targetsOf('team@alias.example', domains)).toEqual([external('a@x.example')])
  })

  test('with the target *@domain keeps the local part that was asked for, as spelled', () => {
    expect(targetsOf('Some.One@alias.example', { 'alias.example': { '*': ['*@x.example'] } })).toEqual([
      external('Some.One@x.example'),
    ])
  })

  test('gets no mail for postmaster where a postmaster is configured (RFC 5321 section 4.5.1)', () => {
    expect(targetsOf('Postmaster@alias.example', domains, 'admin@z.example')).toEqual([
      external('admin@z.example'),
    ])
  })
})

describe('what leads nowhere is a permanent failure', () => {
  test('an alias that leads back to itself over another one (5.4.6)', () => {
    const domains = { 'alias.example': { a: ['b@alias.example'], b: ['a@alias.example', 'out@x.example'] } }
    const targets = targetsOf('a@alias.example', domains)
    expect(targets).toContainEqual(external('out@x.example'))
    expect(targets.find(target => target.kind === 'failed')).toMatchObject({ enhanced: '5.4.6' })
  })

  test('an address of an own domain that has no alias (5.1.1)', () => {
    const domains = { 'alias.example': { a: ['gone@alias.example'] } }
    expect(targetsOf('a@alias.example', domains)).toMatchObject([{ kind: 'failed', enhanced: '5.1.1' }])
  })

  test('more aliases in a row than the bound', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`a${at}`, [`a${at + 1}@alias.example`]]),
    )
    expect(targetsOf('a0@alias.example', { 'alias.example': chain })).toMatchObject([
      { kind: 'failed', enhanced: '5.4.6' },
    ])
  })

  test('more addresses than the bound', () => {
    const many = Array.from({ length: 101 }, (_, at) => `u${at}@x.example`)
    expect(targetsOf('a@alias.example', { 'alias.example': { a: many } })).toMatchObject([{ kind: 'failed' }])
  })
})

test('any table of aliases, however tangled, is expanded in bounded work and names no target twice', () => {
  const localPart = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const target = fc.oneof(
    localPart.map(name => `${name}@alias.example`),
    localPart.map(name => `${name}@x.example`),
  )
  const table = fc.dictionary(localPart, fc.array(target, { minLength: 1, maxLength: 5 }))
  fc.assert(
    fc.property(table, aliases => {
      const targets = targetsOf('a@alias.example', { 'alias.example': aliases })
      const paths = targets.flatMap(found => (found.kind === 'external' ? [found.forwardPath] : []))
      expect(new Set(paths).size).toBe(paths.length)
      for (const path of paths) expect(parseMailbox(path)?.domain).toBe('x.example')
    }),
  )
})
