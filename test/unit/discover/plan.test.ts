import { expect, test } from 'vitest'
import { tlsDemand, whyHere } from '../../../src/discover/explain-hop.ts'
import { findNextHops, planDelivery } from '../../../src/discover/find-next-hops.ts'
import type { DiscoverSettings, SmtpHop } from '../../../src/discover/next-hop.ts'
import { leftOutText, type Plan } from '../../../src/discover/trace.ts'
import type { Zone } from '../../../src/dns/zone-resolver.ts'
import { contextOf } from './settings.ts'

const hosts: Zone[string] = {
  mail: [
    ['a', '198.52.100.1'],
    ['a', '10.0.0.1'],
  ],
  backup: [['a', '198.52.100.2']],
}

async function planOf(zone: Zone, changes: Partial<DiscoverSettings> = {}): Promise<Plan> {
  return planDelivery('d.example', contextOf(zone, changes))
}

function questions({ trace }: Plan): string[] {
  return trace.flatMap(note =>
    note.kind === 'question' ? `${note.type} ${note.name}: ${note.records.join(', ') || note.answer}` : [],
  )
}

function leftOut({ trace }: Plan): string[] {
  return trace.flatMap(note =>
    note.kind === 'left-out' ? `${note.host} ${note.address ?? '-'} ${note.why}` : [],
  )
}

function reasons({ discovery }: Plan): string[] {
  const hops = discovery.kind === 'hops' ? discovery.hops : []
  return hops.flatMap(hop => (hop.kind === 'smtp' ? whyHere(hop) : []))
}

test('a plan has every question with its answer, in the order in which they were answered', async () => {
  const plan = await planOf({ 'd.example': { '@': [['mx', '10 mail.d.example']], ...hosts } })
  expect(questions(plan)).toEqual([
    'SRV _smtp-tls._tcp.d.example: absent',
    'MX d.example: 10 mail.d.example',
    'A/AAAA mail.d.example: 198.52.100.1, 10.0.0.1',
  ])
})

test('a failing name server is in the plan with its reason', async () => {
  const plan = await planOf({ 'd.example': { '_smtp-tls._tcp': [['temporary', 'down']] } })
  expect(plan.discovery.kind).toBe('temporary')
  expect(plan.trace).toMatchObject([
    { type: 'SRV', answer: 'temporary', reason: expect.stringContaining('down') },
  ])
})

test('the plan decides as delivery does: both are the same function', async () => {
  const zone: Zone = { 'd.example': { '@': [['mx', '10 mail.d.example']], ...hosts } }
  const plan = await planOf(zone)
  expect(plan.discovery).toEqual(await findNextHops('d.example', contextOf(zone)))
})

test('every candidate says which record put it there, and what chance had to do with it', async () => {
  const mx = ['10 mail.d.example', '10 backup.d.example', '20 backup.d.example'].map(
    record => ['mx', record] as const,
  )
  expect(reasons(await planOf({ 'd.example': { '@': mx, ...hosts } }))).toEqual([
    'MX preference 10, shuffled to place 1 of 2',
    'MX preference 10, shuffled to place 2 of 2',
  ])
  const srv = ['0 10 842 mail.d.example', '0 30 842 backup.d.example', '5 0 25 mail.d.example'].map(
    record => ['srv', record] as const,
  )
  const drawn = reasons(await planOf({ 'd.example': { '_smtp-tls._tcp': srv, ...hosts } }))
  expect(drawn).toHaveLength(3)
  expect(drawn[0]).toMatch(/^SRV priority 0, weight (10|30) of 40 left, drawn as 1 of 2$/)
  expect(drawn[1]).toMatch(/^SRV priority 0, weight (10|30) of \1 left, drawn as 2 of 2$/)
  expect(drawn[2]).toBe('SRV priority 5')
  expect(reasons(await planOf({ 'd.example': { '@': [['a', '198.52.100.9']] } }))).toEqual([
    'address of the domain itself, which has no MX',
  ])
})

test('what is left out is named with the reason', async () => {
  const srv = [
    '0 0 0 mail.d.example',
    '0 0 842 -bad-.d.example',
    '1 0 842 mail.d.example',
    '2 0 842 mail.d.example',
    '3 0 842 gone.d.example',
    '4 0 842 down.d.example',
    '5 0 842 relay.example',
    '6 0 842 backup.d.example',
  ].map(record => ['srv', record] as const)
  const zone: Zone = {
    'd.example': { '_smtp-tls._tcp': srv, ...hosts, down: [['temporary', 'down']] },
    'relay.example': { '@': [['a', '193.0.2.250']] },
  }
  expect((await planOf(zone).then(leftOut)).toSorted()).toEqual([
    '-bad-.d.example - bad-name',
    'backup.d.example - behind-own-host',
    'down.d.example - not-looked-up',
    'gone.d.example - no-address',
    'mail.d.example - listed-before',
    'mail.d.example - port-0',
    'mail.d.example 10.0.0.1 forbidden-address',
    'relay.example - own-host',
  ])
})

test('what a bound cuts off is left out by name, never silently', async () => {
  const addresses = ['1', '2', '3'].map(last => ['a', `198.52.100.${last}`] as const)
  const mx = ['10 a.d.example', '20 b.d.example', '30 c.d.example'].map(record => ['mx', record] as const)
  const zone: Zone = { 'd.example': { '@': mx, a: addresses, b: addresses, c: addresses } }
  const plan = await planOf(zone, { maxHosts: 2, maxAddressesPerHost: 2, maxHops: 3 })
  expect(leftOut(plan)).toEqual([
    'c.d.example - too-many-hosts',
    'a.d.example 198.52.100.3 too-many-addresses',
    'b.d.example 198.52.100.3 too-many-addresses',
    'b.d.example 198.52.100.2 too-many-hops',
  ])
  const family = await planOf(
    {
      'd.example': {
        '@': [
          ['a', '198.52.100.1'],
          ['aaaa', '2600:db8::1'],
        ],
      },
    },
    { addressOrder: 'ipv6-only' },
  )
  expect(leftOut(family)).toEqual(['d.example 198.52.100.1 address-family'])
})

test('a reason of left-out hosts has words, with the detail in brackets', () => {
  expect(leftOutText({ why: 'port-0' })).toBe('port 0 is no port')
  expect(leftOutText({ why: 'policy', detail: 'mta-sts' })).toBe(
    'a policy of the domain excludes it (mta-sts)',
  )
})

test('the TLS demanded of a host is told in words', () => {
  const hop: Pick<SmtpHop, 'tls' | 'certificateNames'> = {
    tls: 'implicit',
    certificateNames: ['a.example', 'b.example'],
  }
  expect(tlsDemand(hop)).toBe('TLS from the first octet; certificate valid for a.example or b.example')
  expect(tlsDemand({ tls: 'starttls-required' })).toBe('STARTTLS, never without; certificate not checked')
  expect(tlsDemand({ tls: 'none' })).toBe('no TLS')
})
