import { expect, test } from 'vitest'
import { reflections } from '../../../../src/limits.ts'
import { ReflectionLimits } from '../../../../src/service/reflector/reflection-limits.ts'

const day = 86_400_000

test('an address and a network have so many within 24 hours, each on its own, and again when these are over', () => {
  const limits = new ReflectionLimits({ requestsPerAddress: 2, requestsPerNetwork: 3 })
  expect(limits.take('a@x.example', '192.0.2.1', 0)).toBeUndefined()
  expect(limits.take('a@x.example', '192.0.2.1', 1)).toBeUndefined()
  expect(limits.take('a@x.example', '192.0.2.1', 2)).toBe('address')
  expect(limits.take('b@x.example', '192.0.2.1', 3)).toBeUndefined()
  expect(limits.take('c@x.example', '192.0.2.1', 4)).toBe('network')
  expect(limits.take('c@x.example', '192.0.2.2', 5)).toBeUndefined()
  expect(limits.take('a@x.example', '192.0.2.1', day)).toBeUndefined()
  expect(limits.take('a@x.example', '192.0.2.1', day)).toBe('address')
})

test('what was refused does not count', () => {
  const limits = new ReflectionLimits({ requestsPerAddress: 1, requestsPerNetwork: 2 })
  limits.take('a@x.example', '192.0.2.1', 0)
  for (let at = 1; at < 10; at++) expect(limits.take('a@x.example', '192.0.2.1', at)).toBe('address')
  expect(limits.take('b@x.example', '192.0.2.1', 10)).toBeUndefined()
})

test('memory has a bound: beyond it nobody new is answered until some are a day old', () => {
  const limits = new ReflectionLimits({ requestsPerAddress: 1, requestsPerNetwork: 1 })
  let taken = 0
  while (limits.take(`${taken}@x.example`, `network ${taken}`, 0) === undefined) taken++
  expect(taken).toBe(reflections.maxRemembered / 2)
  expect(limits.take('new@x.example', 'new', day - 1)).toBe('network')
  expect(limits.take('new@x.example', 'new', day)).toBeUndefined()
})

test('a clock that is set back by years answers again', () => {
  const limits = new ReflectionLimits({ requestsPerAddress: 1, requestsPerNetwork: 1 })
  limits.take('a@x.example', '192.0.2.1', 1000 * day)
  expect(limits.take('a@x.example', '192.0.2.1', 0)).toBeUndefined()
})
