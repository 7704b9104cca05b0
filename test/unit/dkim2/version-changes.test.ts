/** What versions changed, when the body is no longer kept. */
import { describe, expect, test } from 'vitest'
import { versionChanges, versionChangesWithoutBody } from '../../../src/dkim2/version-changes.ts'
import { headerSection } from '../../../src/dkim2/without-bodies.ts'
import { threeHops } from '../../support/dkim2-parties.ts'
import { revisedHop } from './message-instance/forge.ts'

describe.each([
  ['mailversion', threeHops],
  ['message-instance', () => revisedHop('{"b":[{"c":[1,3]}]}')],
] as const)('the changes of a message without its body, in profile %s', (_profile, make) => {
  test('are those of its header fields, and where the body was changed without what stands there', async () => {
    const message = await make()
    const whole = versionChanges(message)
    const left = versionChangesWithoutBody(headerSection(message))
    expect(whole.length).toBeGreaterThan(0)
    expect(left.map(({ version, i, headers }) => ({ version, i, headers }))).toEqual(
      whole.map(({ version, i, headers }) => ({ version, i, headers })),
    )
    for (const [index, { body, obstacle }] of left.entries()) {
      const known = whole[index]?.body ?? []
      expect(body.flatMap(({ now }) => now)).toEqual([])
      expect(obstacle).toEqual(
        known.length === 0 ? null : expect.stringContaining('its body is no longer kept'),
      )
      expect(body.map(({ line }) => line)).toEqual(known.map(({ line }) => line))
    }
  })
})
