import { expect, test } from 'vitest'
import { allSettings, knownSettings, referenceText } from '../../../src/config/reference.ts'

test('every setting says what it means', () => {
  const silent = allSettings().filter(setting => setting.description.length < 10)
  expect(silent.map(setting => setting.path)).toEqual([])
})

test('every number that has a unit names it in its setting', () => {
  const units =
    /(Seconds|Milliseconds|Bytes|Bits|most|port|Port|perDestination|total|tries|maxInMemory|maxMessages|rememberedMessages|maxRecipients|maxTransactions|maxNamesPerMessage|maxConnections|maxConnectionsPerPeer|connections|PerMinute|requestsPer(?:Address|Network|List)|recipientsPerDay|failuresPer(?:Network|Account)|Failures)$/
  const numbers = allSettings().filter(setting => setting.type.startsWith('whole number'))
  expect(numbers.map(setting => setting.path).filter(path => !units.test(path))).toEqual([])
})

test('the settings of a place are known by its path', () => {
  expect(knownSettings(['domains', 'alias.example', 'admit'])).toEqual([
    'fail',
    'permerror',
    'temperror',
    'none',
    'duplicate',
    'senderChecks',
    'dmarcReject',
    'dmarcQuarantine',
    'spfFail',
    'unknownSenders',
    'unreachableSenders',
    'ambiguousFormat',
  ])
  expect(knownSettings(['routes', 'x.example'])).toEqual([
    'host',
    'port',
    'tls',
    'certificateNames',
    'url',
    'tokenFile',
    'contacts',
    'clientCertificate',
    'lightTimeSeconds',
    'answerTimeoutSeconds',
    'retrySeconds',
    'lifetimeSeconds',
    'maxMessages',
    'maxObjectBytes',
    'gatherMilliseconds',
  ])
  expect(knownSettings(['nowhere', 3])).toEqual([])
})

// After a change of a description: npx vitest run test/unit/config/reference.test.ts --update
test('docs/configuration.md is made from the descriptions', async () => {
  await expect(referenceText()).toMatchFileSnapshot('../../../docs/configuration.md')
})
