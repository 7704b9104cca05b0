import { describe, expect, test } from 'vitest'
import type { Forwarding } from '../../../../src/service/forward/expand-envelope.ts'
import { askForReports } from '../../../../src/service/reports/ask-for-reports.ts'
import type { Envelope } from '../../../../src/smtp/envelope.ts'

const copy = (recipient: string, forwardPath: string, changes: Partial<Forwarding> = {}): Forwarding => ({
  ordinal: 0,
  recipient,
  forwardPath,
  reversePath: 'b+x@alias.example',
  domain: 'alias.example',
  kind: 'alias',
  ...changes,
})
const envelope = (changes: Partial<Envelope>): Envelope => ({
  reversePath: 'a@origin.example',
  forwardPaths: ['one@alias.example', 'team@alias.example'],
  smtpUtf8: false,
  ...changes,
})
const one = copy('one@alias.example', 'x@destination.example')
const team = ['y', 'z'].map(name => copy('team@alias.example', `${name}@destination.example`))

describe('what next hops are asked to report (RFC 3461 section 5.2)', () => {
  test('nothing where nothing was asked', () => {
    expect(askForReports(envelope({}), [one, ...team])).toEqual([one, ...team])
  })

  test('nothing of a message without a reverse-path, whatever it asks', () => {
    const asked = envelope({
      reversePath: '',
      returns: 'full',
      notifications: { [one.recipient]: { notify: ['SUCCESS'] } },
    })
    expect(askForReports(asked, [one])).toEqual([one])
  })

  test('of a single target the same as was asked here', () => {
    const notify = ['SUCCESS', 'FAILURE'] as const
    const asked = envelope({ envelopeId: 'x', notifications: { [one.recipient]: { notify } } })
    expect(askForReports(asked, [one])).toMatchObject([
      { notification: { envelopeId: 'x', notify }, successDsn: 'wanted' },
    ])
  })

  test('of several targets no success: the first copy stands for the expansion', () => {
    const asked = envelope({ notifications: { 'team@alias.example': { notify: ['SUCCESS', 'DELAY'] } } })
    const [single, first, second] = askForReports(asked, [one, ...team])
    expect(single?.notification).toEqual({})
    expect(first).toMatchObject({ notification: { notify: ['DELAY'] }, successDsn: 'due' })
    expect(second?.notification).toEqual({ notify: ['DELAY'] })
    expect(second).not.toHaveProperty('successDsn')
  })

  test('success alone, of several targets, is NEVER for each of them: no NOTIFY would ask for failures', () => {
    const asked = envelope({ notifications: { 'team@alias.example': { notify: ['SUCCESS'] } } })
    const [first] = askForReports(asked, team)
    expect(first).toMatchObject({ notification: { notify: ['NEVER'] }, successDsn: 'due' })
  })

  test('a copy that cannot go out is no success', () => {
    const failed = { ...one, failure: '5.1.3 no' }
    const asked = envelope({ notifications: { [one.recipient]: { notify: ['SUCCESS'] } } })
    expect(askForReports(asked, [failed])[0]).not.toHaveProperty('successDsn')
  })
})
