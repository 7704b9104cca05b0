import { expect, test } from 'vitest'
import { readMessage } from '../../../../src/message/message.ts'
import { CopySignatures } from '../../../../src/service/dkim/copy-signatures.ts'
import { signCopies } from '../../../../src/service/forward/sign-copies.ts'
import { admission } from '../../../support/records.ts'
import { FakePosts, octets } from '../posts/fake-posts.ts'

test.each([
  ['one@grün.example', 'xn--grn-ioa.example'],
  ['jürgen@grün.example', 'xn--grn-ioa.example'],
  ['jürgen@XN--GRN-ioa.example', 'xn--grn-ioa.example'],
])('the destination of %s has A-labels, as settings name destinations', async (forwardPath, destination) => {
  const copy = {
    ordinal: 0,
    recipient: 'team@alias.example',
    forwardPath,
    reversePath: '',
    domain: 'alias.example',
    kind: 'alias',
  } as const
  const dependencies = new FakePosts().dependencies().copyDependencies()
  const record = { ...admission, addHop: false }
  const message = readMessage(octets)
  const signatures = new CopySignatures({ message, answersForFrom: false }, dependencies)
  const { deliveries } = await signCopies(message, record, [copy], dependencies, signatures)
  expect(deliveries.map(one => one.destination)).toEqual([destination])
})
