/** What becomes of a message by the verdict of the content filter, with a filter of the test. */
import { describe, expect, test } from 'vitest'
import type { Admitted } from '../../../../src/admit/admit.ts'
import type { FilterQuestion, FilterVerdict } from '../../../../src/filter/content-filter.ts'
import { newField } from '../../../../src/message/message.ts'
import type { FilterMessageSettings } from '../../../../src/service/filter/filter-message.ts'
import { filterMessage } from '../../../../src/service/filter/filter-message.ts'
import { admittedMessage } from '../../../support/admitted.ts'
import { RecordingLog } from '../../../support/recording-log.ts'

const settings: FilterMessageSettings = {
  kind: 'rspamd',
  timeoutMilliseconds: 60_000,
  maxMessageBytes: 1_000,
  whenDown: 'defer',
  trustedClients: false,
}
const spam: FilterVerdict = { action: 'mark', word: 'add header', score: 7, requiredScore: 6, symbols: ['A'] }

type Answer = FilterVerdict | Error | 'nothing'

async function filtered(admitted: Admitted, answer: Answer, changes: Partial<FilterMessageSettings> = {}) {
  const asked: FilterQuestion[] = []
  const heard: unknown[] = []
  const log = new RecordingLog()
  const result = await filterMessage(admitted, {
    settings: { ...settings, ...changes },
    log,
    ends: new AbortController().signal,
    heard: trouble => heard.push(trouble),
    async ask(question, ends) {
      asked.push(question)
      if (answer instanceof Error) throw answer
      if (answer !== 'nothing') return answer
      return new Promise((_, reject) => ends.addEventListener('abort', () => reject(ends.reason)))
    },
  })
  return { result, asked, heard, log, passed: result.kind === 'passed' ? result.admitted : undefined }
}

/** With what a sender says that a filter said. */
function claiming(extra = ''): Admitted {
  const head = 'From: a@origin.example\r\nX-Spam: No\r\nSubject: x\r\nX-SPAM-STATUS: No\r\n'
  return admittedMessage({ octets: Buffer.from(`${extra}${head}\r\nbody\r\n`) })
}

function topOf(admitted: Admitted | undefined): string {
  return Buffer.concat((admitted?.prepend ?? []).map(field => field.octets)).toString()
}

describe('a message', () => {
  test('that is accepted goes on, without what its sender says of a filter', async () => {
    const { passed, heard } = await filtered(claiming(), { action: 'accept', word: 'no action', symbols: [] })
    expect(passed?.removed).toEqual([1, 3])
    expect(topOf(passed)).toBe('')
    expect(passed?.record.filter).toEqual({
      filter: 'rspamd',
      action: 'accept',
      word: 'no action',
      symbols: [],
    })
    expect(heard).toEqual([undefined])
  })

  test('that is marked gets fields that say so below those of admission', async () => {
    const results = newField('Authentication-Results', 'relay.example; dkim2=none')
    const { passed, log } = await filtered({ ...claiming(), prepend: [results] }, spam)
    expect(topOf(passed)).toMatch(
      /^Authentication-Results: .*\r\nX-Spam: Yes\r\nX-Spam-Flag: YES\r\nX-Spam-Status: Yes, /,
    )
    expect(passed?.removed).toEqual([1, 3])
    expect(passed?.record.filter).toMatchObject({ action: 'mark', score: 7, isMarked: true })
    expect(log.lines.map(({ text }) => text)).toEqual(['filtered'])
  })

  test('keeps a claim that a DKIM signature covers: without it that would be broken', async () => {
    const signed = claiming('DKIM-Signature: v=1; d=origin.example; s=x; h=from:x-spam; bh=AAAA; b=AAAA\r\n')
    expect((await filtered(signed, spam)).passed?.removed).toEqual([4])
  })

  test('that nobody may modify is noted and not marked', async () => {
    const hop = {
      sequence: 1,
      domain: 'origin.example',
      reversePath: 'a@origin.example',
      forwardPaths: ['team@alias.example'],
      timestampSeconds: 1,
      selectors: ['ed'],
      algorithms: [],
      flags: ['donotmodify'],
      state: 'pass',
    } as const
    const chain = { profile: 'mailversion', hops: [hop] } as const
    const { message, received } = claiming()
    const { passed } = await filtered(admittedMessage({ octets: received.octets }, chain), spam)
    expect(passed).toMatchObject({ prepend: [], removed: [], message: { body: message.body } })
    expect(passed?.record.filter).toMatchObject({ action: 'mark', isMarked: false })
  })

  test.each([
    ['refuse', 'Gtube\r\npattern', 550, '5.7.1', 'Gtube pattern'],
    ['refuse', undefined, 550, '5.7.1', 'the message looks like spam'],
    ['defer', 'Greylisted', 451, '4.7.1', 'Greylisted'],
    ['defer', undefined, 451, '4.7.1', 'try again later'],
  ] as const)(
    'of verdict %s with the text %j is answered with %i %s',
    async (action, text, code, enhanced, said) => {
      const verdict = { ...spam, action, ...(text !== undefined && { text }) }
      const { result } = await filtered(claiming(), verdict)
      expect(result).toMatchObject({ kind: 'refused', reply: { code, enhanced } })
      if (result.kind === 'refused')
        expect(result.reply.text.replace(/\\r\\n|\\x0d\\x0a| +/g, ' ')).toBe(said)
    },
  )
})

describe('without a verdict', () => {
  const down = new Error('connect ECONNREFUSED')

  test('it is deferred', async () => {
    const { result, heard } = await filtered(claiming(), down)
    expect(result).toMatchObject({ kind: 'refused', reply: { code: 451, enhanced: '4.3.0' } })
    expect(heard).toEqual([down])
  })

  test('or accepted as it is, and noted', async () => {
    const { passed } = await filtered(claiming(), down, { whenDown: 'accept' })
    expect(passed).toMatchObject({ removed: [], record: { filter: { action: 'unavailable' } } })
  })

  test('in time it is the same', async () => {
    const { result, heard } = await filtered(claiming(), 'nothing', { timeoutMilliseconds: 1 })
    expect(result).toMatchObject({ kind: 'refused', reply: { code: 451, enhanced: '4.3.0' } })
    expect(heard).toMatchObject([{ name: 'TimeoutError' }])
  })
})

describe('the filter is', () => {
  test('shown the message as it would go on, and the results of admission', async () => {
    const results = newField('Authentication-Results', 'relay.example; dkim2=none;\r\n spf=pass')
    const { asked } = await filtered({ ...claiming(), prepend: [results], removed: [1] }, spam)
    const [one] = asked
    expect(Buffer.concat(one?.chunks ?? []).toString()).toBe(
      `${results.octets}From: a@origin.example\r\nSubject: x\r\nX-SPAM-STATUS: No\r\n\r\nbody\r\n`,
    )
    expect(one).toMatchObject({
      queueId: 'Q1',
      peer: { address: '192.0.2.7' },
      envelope: { reversePath: 'a@origin.example', forwardPaths: ['team@alias.example'] },
      results: 'relay.example; dkim2=none; spf=pass',
    })
  })

  test.each([
    ['a report to a bounce address', { roles: [{ kind: 'bounce', queueId: 'Q0', ordinal: 0 }] }, undefined],
    ['a message of a trusted client', { trusted: true }, undefined],
    ['a message that is too large for it', { octets: Buffer.alloc(1_001, 'x') }, 'skipped'],
  ] as const)('not shown %s', async (_what, changes, action) => {
    const { asked, passed } = await filtered(admittedMessage(changes), spam)
    expect(asked).toEqual([])
    expect(passed?.record.filter?.action).toBe(action)
  })

  test('shown mail of trusted clients where that is wanted', async () => {
    const { asked } = await filtered(admittedMessage({ trusted: true }), spam, { trustedClients: true })
    expect(asked).toHaveLength(1)
  })
})
