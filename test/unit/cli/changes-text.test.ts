import { expect, test } from 'vitest'
import { ownChangesText } from '../../../src/cli/changes-text.ts'

const plain = { colors: false }
const change = {
  list: 'news@lists.example',
  i: 2,
  headers: [{ name: 'Subject', before: ['x'], now: ['[news] \u001bx'] }],
  body: [{ line: 2, before: [], now: ['A footer'] }],
  obstacle: null,
  remarks: ['revised without from'],
}

test('what this relay changed is told as a diff, with its list and hop', () => {
  expect(ownChangesText([change], plain).split('\n')).toEqual([
    '',
    'this relay, for the list news@lists.example, by i=2',
    '- Subject: x',
    String.raw`+ Subject: [news] \x1bx`,
    'body, line 2',
    '+ A footer',
    'revised without from',
    '',
  ])
})

test('what can no longer be shown is an ellipsis, with the reason', () => {
  const gone = { ...change, headers: [{ name: 'Subject', before: ['x'], now: [] }], body: [], remarks: [] }
  const text = ownChangesText([{ ...gone, list: null, i: null, obstacle: 'no longer kept' }], plain)
  expect(text).toBe('\nthis relay, in every copy\n- Subject: x\n+ Subject: …\nno longer kept\n')
  expect(ownChangesText([], plain)).toBe('\nThis relay changed nothing.\n')
})
