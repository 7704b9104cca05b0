/** A returned message of which the whole chain is judged (draft-ietf-dkim-dkim2-spec-08 section 16.4). */

import { describe, expect, test } from 'vitest'
import { type ReturnedOptions, verifyReturned } from '../../../src/dkim2/returned.ts'
import { fieldValue, type HeaderField, type Message, newField } from '../../../src/message/message.ts'
import { laterSeconds, lookup, threeHops } from '../../support/dkim2-parties.ts'
import { revisedHop } from './message-instance/forge.ts'

const options: ReturnedOptions = { lookup, nowSeconds: laterSeconds, maxAgeSeconds: 30 * 86_400 }
const strict: ReturnedOptions = { ...options, wholeChain: true }
const header = (message: Message) => ({ message: { ...message, body: Buffer.alloc(0) }, hasBody: false })
const whole = (message: Message) => ({ message, hasBody: true })

const recipe = '{"b":[{"c":[1,3]}]}'

/** Spoils the signature of a hop. */
function spoilt(message: Message, sequence: number): Message {
  const change = (field: HeaderField) => {
    const value = fieldValue(field)
    if (!new RegExp(`(^|;) ?i=${sequence};`).test(value)) return field
    const run = [...value.matchAll(/[A-Za-z0-9+/]{20,}/g)].at(-1)
    const at = (run?.index ?? 0) + 5
    return newField(field.name, `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`)
  }
  const fields = message.fields.map(field =>
    field.name.toLowerCase() === 'dkim2-signature' ? change(field) : field,
  )
  return { ...message, fields }
}

describe.each([
  ['mailversion', threeHops],
  ['message-instance', () => revisedHop(recipe)],
] as const)('in profile %s', (_profile, make) => {
  test('passes with its body and without', async () => {
    const message = await make()
    expect((await verifyReturned(whole(message), strict)).state).toBe('pass')
    expect((await verifyReturned(header(message), strict)).state).toBe('pass')
  })

  test('fails for a signature further down, which the highest hop alone does not tell', async () => {
    const message = spoilt(await make(), 1)
    expect((await verifyReturned(whole(message), strict)).state).toBe('fail')
    expect((await verifyReturned(header(message), strict)).state).toBe('fail')
  })

  test('fails for another header field or body', async () => {
    const message = await make()
    const other = { ...message, fields: [...message.fields, newField('Comments', 'x')] }
    expect((await verifyReturned(header(other), strict)).state).toBe('fail')
    const longer = { ...message, body: Buffer.concat([message.body, Buffer.from('x\r\n')]) }
    expect((await verifyReturned(whole(longer), strict)).state).toBe('fail')
  })

  test('is too old after 14 days, however long a bounce address lives', async () => {
    const message = await make()
    const late = { nowSeconds: laterSeconds + 15 * 86_400 }
    expect((await verifyReturned(whole(message), { ...options, ...late })).state).toBe('pass')
    const refused = await verifyReturned(whole(message), { ...strict, ...late })
    expect(['fail', 'permerror']).toContain(refused.state)
    expect(refused.error).toContain('i=1 signature expired')
  })

  test('is judged later where a key cannot be fetched', async () => {
    const down = async () => ({ kind: 'temporary', reason: 'timeout' }) as const
    expect((await verifyReturned(whole(await make()), { ...strict, lookup: down })).state).toBe('temperror')
  })
})
