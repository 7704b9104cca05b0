/**
 * An act of its own (`--space`): Earth and Mars, twenty minutes of light apart, played in a fraction of the time. A message crosses as
 * a Batch SMTP object over HTTPS and is verified with keys that Mars holds in a file; a failure comes back the same way.
 */
import { send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import type { Scene } from './parties.ts'
import { verifyReceived } from './parties.ts'
import { exportText, lightMilliseconds, openPlanets, timesFaster } from './planets.ts'

const author = 'ada@author.example'

function letter(to: string): Buffer {
  const lines = [
    `From: Ada <${author}>`,
    `To: ${to}`,
    'Subject: Greetings from Earth',
    'Date: Fri, 20 Nov 2026 12:00:00 +0000',
    `Message-ID: <${to.split('@')[0]}-greetings@author.example>`,
    '',
    'How is the weather up there?',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

export async function spaceAct(scene: Scene): Promise<void> {
  const { narrator } = scene
  narrator.chapter('Mail between Earth and Mars')
  narrator.tell(`Mars is up to twenty minutes of light away. Every command of an SMTP dialogue
would wait forty minutes for its reply. So Earth puts its messages into one
object (Batch SMTP) and posts that over HTTPS; the answer has all replies.
Here light takes ${lightMilliseconds / 1000} seconds: time is played ${timesFaster} times as fast.`)
  const planets = await openPlanets(scene)
  narrator.event('earth', 'has a route for mars.example that leads to a gateway, not to an SMTP host')
  narrator.event('mars', `has no name server, but this file, which Earth has sent ahead ("keys export"):`)
  narrator.block(exportText(planets.exported))
  await crossing(scene, planets)
  await failure(scene, planets)
  narrator.tell('\nHow to set up such a gateway: docs/space.md.')
}

type Planets = Awaited<ReturnType<typeof openPlanets>>

async function crossing(scene: Scene, { ada, colony, answers }: Planets): Promise<void> {
  const { narrator } = scene
  narrator.chapter('Ada writes to crew@earth.example, an alias that leads to crew@mars.example')
  const writtenAt = Date.now()
  await send(ada.port('local'), {
    from: author,
    to: ['crew@earth.example'],
    octets: letter('crew@earth.example'),
  })
  const [arrived] = await colony.received(1)
  if (arrived === undefined) throw new Error('nothing arrived')
  const seconds = (Date.now() - writtenAt) / 1000
  narrator.event('colony', 'has got it, and checks every signature on the way')
  await answers('earth', 'crew@mars.example')
  await judge('the message', arrived, scene, ['author.example', 'earth.example', 'mars.example'])
  narrator.check(
    `it took ${seconds.toFixed(1)} s: light went there and back for TLS, and there again with the object`,
    seconds * 1000 > 3 * lightMilliseconds,
  )
}

async function failure(scene: Scene, { ada, home, answers }: Planets): Promise<void> {
  const { narrator } = scene
  narrator.chapter('She writes to lost@earth.example too: on Mars that address is not there')
  await send(ada.port('local'), {
    from: author,
    to: ['lost@earth.example'],
    octets: letter('lost@earth.example'),
  })
  const [report] = await home.received(1)
  if (report === undefined) throw new Error('no report came back')
  narrator.event('ada', 'reads the report, which names the address that she had used')
  await answers('mars', 'earth.example')
  const text = report.octets.toString('latin1')
  await judge('the report', report, scene, ['earth.example', 'author.example'])
  narrator.check(
    'it is about lost@earth.example',
    text.includes('Final-Recipient: rfc822; lost@earth.example'),
  )
  narrator.check(
    'it gives away nothing of Mars: that is the business of Earth',
    !text.includes('mars.example') && !text.includes('colony.example'),
  )
}

async function judge(
  what: string,
  received: SinkMessage,
  scene: Scene,
  domains: readonly string[],
): Promise<void> {
  const { verdict } = await verifyReceived(received, scene)
  const hops = verdict.hops.map(hop => `i=${hop.sequence} ${hop.domain} ${hop.state}`).join(', ')
  const found = verdict.hops.map(hop => hop.domain)
  scene.narrator.check(
    `${what}: ${verdict.state} (${hops})`,
    verdict.state === 'pass' && JSON.stringify(found) === JSON.stringify(domains),
  )
}
