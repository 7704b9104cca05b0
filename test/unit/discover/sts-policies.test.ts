import { describe, expect, onTestFinished, test } from 'vitest'
import { fetchStsPolicy, type StsFetched } from '../../../src/discover/sts-fetch.ts'
import { StsPolicies, type StsProblem } from '../../../src/discover/sts-policies.ts'
import type { ZoneEntry } from '../../../src/dns/zone-resolver.ts'
import { zoneResolver } from '../../../src/dns/zone-resolver.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { certificateFor } from '../../support/certificates.ts'
import { HttpsHost, policyFile } from '../../support/https-host.ts'
import { newFile, newStore } from '../store/fixtures.ts'

const domain = 'destination.example'
const policyHost = `mta-sts.${domain}`
const trusted = certificateFor([policyHost])
const day = 86_400_000

interface Scene {
  readonly host: HttpsHost
  /** Records of the domain; a test may change them at any time. */
  readonly records: Record<string, ZoneEntry[]>
  now: number
  readonly problems: StsProblem[]
  readonly policies: StsPolicies
  /** As after a restart: nothing is known but what the store holds. */
  again(store?: Store): StsPolicies
  publish(id: string): void
}

async function scene(store?: Store, certificate = trusted): Promise<Scene> {
  const host = await HttpsHost.start(certificate)
  onTestFinished(() => host.close())
  const kept = store ?? (await newStore())
  const records: Record<string, ZoneEntry[]> = { 'mta-sts': [['a', '127.0.0.1']] }
  const problems: StsProblem[] = []
  const again = (from = kept) =>
    new StsPolicies({
      store: from,
      resolver: { txt: name => zoneResolver({ [domain]: records }).txt(name) },
      clock: () => made.now,
      fetch: asked => fetched(asked, host, records),
      settings: { retryFetchMilliseconds: 300_000, refreshAfterMilliseconds: day, maxRemembered: 10 },
      failed: problem => problems.push(problem),
      fetched: () => undefined,
    })
  const publish = (id: string) => {
    records['_mta-sts'] = [['txt', `v=STSv1; id=${id};`]]
  }
  const made: Scene = { host, records, now: 1_800_000_000_000, problems, policies: again(), again, publish }
  return made
}

function fetched(
  asked: string,
  host: HttpsHost,
  records: Record<string, ZoneEntry[]>,
  changes: { allowPrivateAddresses?: boolean; timeoutMilliseconds?: number; believed?: string } = {},
): Promise<StsFetched> {
  return fetchStsPolicy(asked, {
    resolver: zoneResolver({ [domain]: records }),
    allowPrivateAddresses: changes.allowPrivateAddresses ?? true,
    port: host.port,
    https: {
      timeoutMilliseconds: changes.timeoutMilliseconds ?? 20_000,
      certificateAuthorities: [changes.believed ?? trusted.cert],
    },
  })
}

describe('fetching a policy (RFC 8461 section 3.3)', () => {
  test('asks the well-known place of mta-sts.<domain>, by that name, and reads all mx and max_age', async () => {
    const { host, records } = await scene()
    host.answer = { body: policyFile('enforce', ['mx1.destination.example', '*.mail.example'], 86_400) }
    expect(await fetched(domain, host, records)).toEqual({
      kind: 'policy',
      policy: {
        mode: 'enforce',
        maxAgeSeconds: 86_400,
        mx: ['mx1.destination.example', '*.mail.example'],
        lines: [
          'version: STSv1',
          'mode: enforce',
          'mx: mx1.destination.example',
          'mx: *.mail.example',
          'max_age: 86400',
        ],
      },
    })
    expect(host.requests[0]).toMatchObject({ method: 'GET', url: '/.well-known/mta-sts.txt' })
    expect(host.requests[0]?.headers.host).toMatch(/^mta-sts\.destination\.example/)
  })

  const wrongName = certificateFor(['other.example'])
  const expired = certificateFor([policyHost], { days: 1, agoDays: 1 })
  test.each([
    ['a certificate for another name', wrongName, wrongName],
    ['an expired certificate', expired, expired],
    ['a certificate of an unknown authority', certificateFor([policyHost]), trusted],
  ])('%s is no policy host', async (_what, certificate, believed) => {
    const { host, records } = await scene()
    host.show(certificate)
    host.answer = { body: policyFile('enforce', ['*.destination.example']) }
    expect(await fetched(domain, host, records, { believed: believed.cert })).toMatchObject({
      kind: 'failed',
      failure: 'sts-webpki-invalid',
    })
    expect(host.requests).toEqual([])
  })

  test.each([
    [
      'a redirect is not followed',
      { status: 301, headers: { location: '/elsewhere' } },
      'sts-policy-fetch-error',
    ],
    ['only 200 is a policy', { status: 404 }, 'sts-policy-fetch-error'],
    [
      'a policy is text/plain',
      { headers: { 'content-type': 'text/html' }, body: policyFile('enforce', ['*.a.example']) },
      'sts-policy-invalid',
    ],
    ['a policy beyond 64 KB is not read', { body: 'x'.repeat(65_537) }, 'sts-policy-fetch-error'],
    ['a mode is needed', { body: 'version: STSv1\nmx: a.example\nmax_age: 1\n' }, 'sts-policy-invalid'],
    ['mx are needed', { body: 'version: STSv1\nmode: enforce\nmax_age: 1\n' }, 'sts-policy-invalid'],
    ['max_age is needed', { body: 'version: STSv1\nmode: enforce\nmx: a.example\n' }, 'sts-policy-invalid'],
  ])('%s', async (_rule, answer, failure) => {
    const { host, records } = await scene()
    host.answer = answer
    expect(await fetched(domain, host, records)).toMatchObject({ kind: 'failed', failure })
    expect(host.requests.length).toBe(1)
  })

  test('a host that does not answer costs no more than its time', async () => {
    const { host, records } = await scene()
    host.answer = { isSilent: true }
    expect(await fetched(domain, host, records, { timeoutMilliseconds: 200 })).toMatchObject({
      failure: 'sts-policy-fetch-error',
      reason: `https://${policyHost}: no answer in time`,
    })
  })

  test('an address inside the own network is not connected to', async () => {
    const { host, records } = await scene()
    host.answer = { body: policyFile('enforce', ['*.destination.example']) }
    expect(await fetched(domain, host, records, { allowPrivateAddresses: false })).toMatchObject({
      failure: 'sts-policy-fetch-error',
    })
    expect(host.requests).toEqual([])
  })
})

describe('keeping policies', () => {
  test('without a TXT record nobody asks for a policy', async () => {
    const { policies, host } = await scene()
    expect(await policies.policyFor(domain)).toBeUndefined()
    expect(host.requests).toEqual([])
  })

  test.each([
    ['two records', ['v=STSv1; id=1;', 'v=STSv1; id=2;']],
    ['a malformed record', ['v=STSv1; id=not allowed;']],
    ['another version', ['v=STSv2; id=1;']],
  ])('%s are no policy (section 3.1)', async (_what, texts) => {
    const { policies, host, records } = await scene()
    records['_mta-sts'] = texts.map(text => ['txt', text])
    expect(await policies.policyFor(domain)).toBeUndefined()
    expect(host.requests).toEqual([])
  })

  test('a policy is fetched once for its id, and anew when the id changes', async () => {
    const { policies, host, publish } = await scene()
    publish('1')
    host.answer = { body: policyFile('testing', ['*.destination.example']) }
    expect((await policies.policyFor(domain))?.mode).toBe('testing')
    host.answer = { body: policyFile('enforce', ['*.destination.example']) }
    expect((await policies.policyFor(domain))?.mode).toBe('testing')
    publish('2')
    expect((await policies.policyFor(domain))?.mode).toBe('enforce')
    expect(host.requests.length).toBe(2)
  })

  test('messages that come together share one request', async () => {
    const { policies, host, publish } = await scene()
    publish('1')
    host.answer = { body: policyFile('enforce', ['*.destination.example']) }
    const all = await Promise.all([1, 2, 3].map(() => policies.policyFor(domain)))
    expect(all.map(policy => policy?.id)).toEqual(['1', '1', '1'])
    expect(host.requests.length).toBe(1)
  })

  test('it survives a restart, and its record and host being taken away, until max_age is over (section 10.2)', async () => {
    const file = newFile()
    const first = await openStore({ file })
    const on = await scene(first)
    on.publish('1')
    on.host.answer = { body: policyFile('enforce', ['*.destination.example'], 3_600) }
    await on.policies.policyFor(domain)
    await first.close()

    const second = await newStore({ file })
    const policies = on.again(second)
    delete on.records['_mta-sts']
    expect((await policies.policyFor(domain))?.id).toBe('1')
    on.records['_mta-sts'] = [['temporary', 'no name server answers']]
    expect((await policies.policyFor(domain))?.id).toBe('1')
    on.publish('2')
    on.host.answer = { status: 500 }
    expect((await policies.policyFor(domain))?.id).toBe('1')
    expect(on.problems).toMatchObject([{ domain, failure: 'sts-policy-fetch-error', kept: { id: '1' } }])
    on.now += 3_600_000
    expect(await policies.policyFor(domain)).toBeUndefined()
  })

  test('a host that failed is left alone for five minutes, unless the id changes', async () => {
    const on = await scene()
    on.publish('1')
    on.host.answer = { status: 503 }
    await on.policies.policyFor(domain)
    await on.policies.policyFor(domain)
    expect(on.host.requests.length).toBe(1)
    on.publish('2')
    await on.policies.policyFor(domain)
    expect(on.host.requests.length).toBe(2)
    on.now += 300_000
    await on.policies.policyFor(domain)
    expect(on.host.requests.length).toBe(3)
  })

  test('mode none takes a policy back', async () => {
    const on = await scene()
    on.publish('1')
    on.host.answer = { body: policyFile('enforce', ['*.destination.example']) }
    await on.policies.policyFor(domain)
    on.publish('2')
    on.host.answer = { body: policyFile('none', []) }
    expect(await on.policies.policyFor(domain)).toBeUndefined()
  })

  test('a policy is fetched again after a day and before it expires, though its id is the same', async () => {
    const on = await scene()
    on.publish('1')
    on.host.answer = { body: policyFile('enforce', ['*.destination.example'], 7 * 86_400) }
    const before = await on.policies.policyFor(domain)
    expect(await on.policies.refresh(10)).toBe(0)
    on.now += day
    expect(await on.policies.refresh(10)).toBe(1)
    const after = await on.policies.policyFor(domain)
    expect((after?.expiresAt ?? 0) - (before?.expiresAt ?? 0)).toBe(day)
    expect(on.host.requests.length).toBe(2)
  })
})
