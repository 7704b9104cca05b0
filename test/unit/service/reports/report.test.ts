import { describe, expect, test } from 'vitest'
import { delays, failures, successes } from '../../../../src/service/reports/report-kinds.ts'

describe('what is reported once for a message is noted without its deliveries, the rest by delivery', () => {
  test.each([
    ['failures', failures, ['skipDsn', 'Q', [0, 2]]],
    ['successes', successes, ['skipDsn', 'Q', [0, 2], 'success']],
    ['delays', delays, ['skipDelayDsn', 'Q']],
  ])('%s', async (_, kind, expected) => {
    const asked: unknown[] = []
    const store = {
      skipDsn: async (...parameters: unknown[]) => void asked.push(['skipDsn', ...parameters]),
      skipDelayDsn: async (...parameters: unknown[]) => void asked.push(['skipDelayDsn', ...parameters]),
    }
    await kind.skip('Q', [0, 2], store)
    expect(asked).toEqual([expected])
  })
})

describe('there is no report, though there is somebody to send it to', () => {
  test('of a failure and of a success whose message is gone', () => {
    expect(failures.obstacle(undefined, [])).toBe('its octets are gone')
    expect(successes.obstacle(undefined, [])).toBe('the message is gone')
  })

  test('of a delay that nobody asked for', () => {
    expect(delays.obstacle(undefined, [])).toBe('nobody asked, or it was told before')
  })
})
