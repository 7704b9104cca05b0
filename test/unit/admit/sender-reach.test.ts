import { expect, test } from 'vitest'
import { boundedPolicyLookUps } from '../../../src/admit/policy-look-ups.ts'
import { senderReach } from '../../../src/admit/sender-reach.ts'
import { zoneResolver } from '../../../src/dns/zone-resolver.ts'

const zone = zoneResolver({
  'mx.example': { '@': [['mx', '10 mail.mx.example']] },
  'null.example': { '@': [['mx', '0 .']] },
  'silent.example': { '@': [['txt', 'v=spf1 -all']] },
  'spf.example': { '@': [['txt', 'v=spf1 ip4:192.0.2.1 -all']] },
  'silent-mx.example': {
    '@': [
      ['txt', 'v=spf1 -all'],
      ['mx', '10 mail.mx.example'],
    ],
  },
  'host.example': { '@': [['a', '192.0.2.1']] },
  'down.example': { '@': [['temporary', 'no server answers']] },
})
const never = new AbortController().signal

test.each([
  ['mx.example', 'reachable'],
  ['null.example', 'null-mx'],
  ['silent.example', 'no-mail'],
  ['spf.example', 'reachable'],
  ['silent-mx.example', 'reachable'],
  ['host.example', 'reachable'],
  ['nowhere.example', 'nonexistent'],
  ['down.example', 'unknown'],
  ['[192.0.2.1]', 'reachable'],
  ['', 'reachable'],
])('%j is %s', async (domain, kind) => {
  expect((await senderReach(domain, boundedPolicyLookUps(zone, { maxNames: 9, ends: never }))).kind).toBe(
    kind,
  )
})

test('beyond the bound nothing is asked, and nothing counts as absent', async () => {
  const asked: string[] = []
  const absent = async (name: string) => {
    asked.push(name)
    return { kind: 'absent' as const }
  }
  const counting = {
    txt: absent,
    mx: absent,
  }
  const lookUps = boundedPolicyLookUps(counting, { maxNames: 2, ends: never })
  await lookUps.txt('a.example')
  await lookUps.txt('A.example')
  await lookUps.mx('a.example')
  expect(await lookUps.txt('b.example')).toMatchObject({ kind: 'temporary' })
  expect(await lookUps.existence('b.example')).toMatchObject({ kind: 'temporary' })
  expect(asked).toEqual(['a.example', 'a.example'])
})

test('a name server that never answers is given up when the judgement ends', async () => {
  const over = new AbortController()
  const silent = {
    txt: () => new Promise<never>(() => undefined),
    mx: () => new Promise<never>(() => undefined),
  }
  const lookUps = boundedPolicyLookUps(silent, { maxNames: 2, ends: over.signal })
  const waiting = senderReach('a.example', lookUps)
  over.abort()
  expect(await waiting).toMatchObject({ kind: 'unknown' })
  expect(await lookUps.txt('b.example')).toMatchObject({ kind: 'temporary' })
})
