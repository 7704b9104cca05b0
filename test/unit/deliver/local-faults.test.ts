/** This machine is short of something: that is nothing that a host did. */
import { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import { HostMemory } from '../../../src/deliver/host-memory.ts'
import { recordOf } from '../../../src/queue/attempt-result.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

let code = 'EMFILE'

vi.mock('node:net', async original => ({
  ...(await original<typeof import('node:net')>()),
  connect: () => new Socket().destroy(Object.assign(new Error(`connect ${code}`), { code })),
}))

async function failedHosts(): Promise<{ failed: number; isLocalFault: boolean }> {
  const rig = delivery()
  const failed = vi.spyOn(HostMemory.prototype, 'failed')
  failed.mockClear()
  const outcome = await deliver(mailOf(text), [hopTo(2525)], rig, 1)
  expect(outcome).toMatchObject({ kind: 'deferred', phase: 'connect' })
  return { failed: failed.mock.calls.length, isLocalFault: recordOf(outcome, 0, 1).isLocalFault === true }
}

test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])('%s does not count against the host', async local => {
  code = local
  expect(await failedHosts()).toEqual({ failed: 0, isLocalFault: true })
})

test.each(['ECONNREFUSED', 'EHOSTUNREACH'])('%s does', async remote => {
  code = remote
  expect(await failedHosts()).toEqual({ failed: 1, isLocalFault: false })
})
