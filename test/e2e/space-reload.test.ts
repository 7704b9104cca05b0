/** Gateways and their peers in a configuration that changes while the relay works. */
import { expect, test } from 'vitest'
import type { RelayConfig } from '../../src/config/schema.ts'
import { testCertificate } from '../support/certificates.ts'
import { type PlanetSettings, planets } from '../support/planets.ts'
import { beginPost, objectOf, postObject } from '../support/post-object.ts'
import { plainMessage, send } from '../support/send.ts'
import { stage } from '../support/stage.ts'

const greeting = objectOf('NOOP')

async function earth(settings: PlanetSettings = {}) {
  const on = await stage()
  const pair = await planets(on, settings)
  const { relay, config } = pair.earth
  const port = relay.http?.port ?? 0
  const asPeer = { port, authority: testCertificate().cert, token: pair.token }
  const withPeers = (peers: RelayConfig['batchSmtp']['peers']) =>
    relay.change({ ...config, batchSmtp: { ...config.batchSmtp, peers } })
  return { on, pair, relay, config, port, asPeer, withPeers, ...config.batchSmtp }
}

test('peers are taken objects from, and no longer, on a port that stays open', async () => {
  const { relay, port, asPeer, peers, withPeers } = await earth({ earth: { batchSmtp: { peers: {} } } })
  expect(peers).toEqual({})
  expect((await postObject(asPeer, greeting).catch(error => error)).status).not.toBe(200)
  await withPeers({ mars: { tokenFile: (await earth()).peers.mars?.tokenFile ?? '' } })
  expect(relay.http?.port).toBe(port)
  expect(await postObject(asPeer, greeting)).toMatchObject({ status: 200 })
  await withPeers({})
  expect((await postObject(asPeer, greeting).catch(error => error)).status).not.toBe(200)
})

test('a certificate is asked for as soon as a peer has one, and what is under way is answered', async () => {
  const { pair, asPeer, peers, withPeers } = await earth()
  const { stream, answer } = beginPost(asPeer)
  stream.write('EHLO peer.example\r\n')
  await pair.earth.log.until(({ text }) => text === 'an object begins')
  const certificateFile = `${pair.folder}/cert.pem`
  await withPeers({ mars: { ...peers.mars, certificateFile } })
  stream.end('NOOP\r\nQUIT\r\n')
  expect(await answer()).toMatchObject({ status: 200 })
  expect(await postObject(asPeer, greeting)).toMatchObject({ status: 401 })
  const certificate = testCertificate()
  expect(await postObject({ ...asPeer, certificate }, greeting)).toMatchObject({ status: 200 })
})

test('a route to a gateway counts from the change on, for what waits in the queue too', async () => {
  const { on, pair, relay, config } = await earth()
  const { 'mars.example': toMars, ...routes } = config.routes
  if (toMars?.kind !== 'batch') throw new Error('a gateway')
  const nowhere = { ...toMars, url: 'https://127.0.0.1:1/bsmtp', retrySeconds: [3_600] }
  await relay.change({ ...config, routes: { ...routes, 'mars.example': nowhere } })
  const envelope = { from: 'a@origin.example', to: ['crew@earth.example'] }
  await send(pair.earth.localPort, { ...envelope, octets: await on.origin.sign(plainMessage(), envelope) })
  await pair.earth.log.until(({ text }) => text === 'deferred')
  await relay.change(config)
  const second = plainMessage({ subject: 'second' })
  await send(pair.earth.localPort, { ...envelope, octets: await on.origin.sign(second, envelope) })
  await on.sink.received(2)
})
