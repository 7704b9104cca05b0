import { expect, test } from 'vitest'
import { isMailSystem } from '../../../src/message/automatic-signs.ts'

test.each([
  'mailer-daemon@d.example',
  'MAILER-DAEMON@d.example',
  '"mailer-daemon"@d.example',
  '"Mailer\\-Daemon"@d.example',
])('%s is a mail system in whatever spelling', path => {
  expect(isMailSystem(path)).toBe(true)
})

test.each([
  '',
  'mailer@d.example',
  '"mailer-daemon "@d.example',
  'mailer-daemon.x@d.example',
  'a@mailer-daemon',
])('<%s> is none', path => {
  expect(isMailSystem(path)).toBe(false)
})
