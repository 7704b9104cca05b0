/** Sessions of the pages of the operator. */
import { expect, test } from 'vitest'
import { AdminSessions, isFormOf } from '../../../src/http/admin/sessions.ts'

const settings = { idleMilliseconds: 100, lifetimeMilliseconds: 1_000 }
const admin = { id: 1, changedAt: 5 }

/** Octets that differ each time. */
function counting(): (octets: number) => Buffer {
  let count = 0
  return octets => Buffer.alloc(octets, ++count)
}

test('a session goes on while it is used, and ends when it was idle for too long', () => {
  const sessions = new AdminSessions()
  const token = sessions.open(admin, 0, counting())
  expect(sessions.use(token, 90, settings)).toMatchObject({ adminId: 1, changedAt: 5 })
  expect(sessions.use(token, 180, settings)).toBeDefined()
  expect(sessions.use(token, 290, settings)).toBeUndefined()
  expect(sessions.use(token, 181, settings)).toBeUndefined()
})

test('a session ends at the end of its life, however much it is used', () => {
  const sessions = new AdminSessions()
  const token = sessions.open(admin, 0, counting())
  for (let now = 50; now <= 1_000; now += 50) expect(sessions.use(token, now, settings)).toBeDefined()
  expect(sessions.use(token, 1_001, settings)).toBeUndefined()
})

test('sessions are bounded: the oldest ends', () => {
  const sessions = new AdminSessions()
  let count = 0
  const random = (octets: number) => Buffer.from(String(++count).padStart(octets, '0'))
  const tokens = Array.from({ length: 501 }, () => sessions.open(admin, 0, random))
  expect(sessions.use(tokens[0] ?? '', 1, settings)).toBeUndefined()
  expect(sessions.use(tokens[1] ?? '', 1, settings)).toBeDefined()
})

test('a form belongs to its session by its token alone', () => {
  expect(isFormOf({ csrf: 'abc' }, 'abc')).toBe(true)
  for (const other of ['abd', 'ab', '', null, undefined]) expect(isFormOf({ csrf: 'abc' }, other)).toBe(false)
})
