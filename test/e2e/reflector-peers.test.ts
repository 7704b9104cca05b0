/**
 * The reflector with another implementation at the other end: it signs what is sent, and judges what comes back. Skipped where its
 * toolchain or the crate registry cannot be had, with the reason in the name.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { reflectors } from '../../src/record/reflection-record.ts'
import { isNotification } from '../../src/reflect/reflectors.ts'
import { mirrorDomain, openMirror } from '../demo/reflector.ts'
import { partyKey, pemOf, recordOf } from '../interop/keys.ts'
import { Peer, type Zone } from '../interop/peer.ts'
import { buildRust } from '../interop/toolchains.ts'
import { reflectedTo } from '../support/reflected.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink, type SinkMessage } from '../support/sink.ts'
import type { OpenZone } from '../support/test-relay.ts'

const from = 'a@origin.example'
const key = partyKey('origin.example', 'ed25519-sha256')
const built = await buildRust('mail-auth-0-15')
const name = 'skipped' in built ? `mail-auth 0.15.1: ${built.skipped}` : 'mail-auth 0.15.1'

const ends: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** As the peer wants it. */
function flat(zone: OpenZone): Zone {
  return Object.fromEntries(
    Object.entries(zone).flatMap(([domain, labels]) =>
      Object.entries(labels).map(([label, entries]) => [
        label === '@' ? domain : `${label}.${domain}`,
        entries.map(([, value]) => String(value)),
      ]),
    ),
  )
}

describe.skipIf('skipped' in built)(name, () => {
  test('what it signs comes back from every address, and it says of it what the report foretells', async () => {
    const peer = new Peer('program' in built ? built.program : '')
    ends.push(() => peer.stop())
    const sink = await Sink.start({ extensions: ['8BITMIME'] })
    ends.push(() => sink.close())
    const zone: OpenZone = { 'origin.example': { [`${key.selector}._domainkey`]: [['txt', recordOf(key)]] } }
    // The release follows this revision.
    const config = { profile: 'message-instance', revision: '08' } as const
    const mirror = await openMirror(zone, { host: '127.0.0.1', port: sink.port }, config)
    ends.push(() => mirror.close())
    const now = () => ({ zone: flat(zone), nowSeconds: Math.floor(Date.now() / 1000) })
    const judged = ({ octets, reversePath, forwardPaths }: SinkMessage) => ({
      message: octets,
      reversePath: `<${reversePath}>`,
      forwardPaths: forwardPaths.map(path => `<${path}>`),
      ...now(),
    })

    for (const [at, reflector] of reflectors.entries()) {
      const to = `reflect-${reflector}@${mirrorDomain}`
      const signed = await peer.sign({
        message: plainMessage({ subject: `For ${reflector}` }),
        domain: 'origin.example',
        keys: [{ selector: key.selector, algorithm: key.algorithm, pem: pemOf(key) }],
        reversePath: `<${from}>`,
        forwardPaths: [`<${to}>`],
        ...now(),
      })
      if (!('message' in signed)) throw new Error(signed.reason)
      expect((await send(mirror.smtpPort, { from, to: [to], octets: signed.message })).data).toMatch(/^250 /)
      const mails = (await sink.received(2 * at + 2)).slice(-2)
      const { report, reportMail, returned } = await reflectedTo(mails)
      expect(report).toMatchObject({
        reflector,
        vouchedBy: 'DKIM2',
        verdict: { result: 'pass', revision: '08' },
      })
      expect(await peer.verify(judged(reportMail))).toMatchObject({ state: 'pass' })
      const verdict = await peer.verify(judged(returned))
      expect({ reflector, ...verdict }).toMatchObject({ reflector, state: report.returned?.expect.result })
      if (isNotification(reflector)) {
        expect(await peer.judgeReport(judged(returned))).toMatchObject({ state: 'pass' })
      }
    }
  })
})
