import { describe, expect, test } from 'vitest'
import {
  addressKey,
  commandAddress,
  listAddressProblem,
  readCommand,
} from '../../../src/lists/list-address.ts'

describe('the addresses for commands', () => {
  test('are read as they are written', () => {
    expect(commandAddress('news@lists.example', 'owner')).toBe('news-owner@lists.example')
    expect(readCommand('news-owner')).toEqual({ listName: 'news', command: 'owner' })
    expect(commandAddress('news@lists.example', 'confirm', 'ab1')).toBe('news-confirm+ab1@lists.example')
    expect(readCommand('news-confirm+ab1')).toEqual({ listName: 'news', command: 'confirm', token: 'ab1' })
  })

  test('are read whatever the case, since local parts may be folded on their way', () => {
    expect(readCommand('News-Moderate+AB1')).toEqual({ listName: 'news', command: 'moderate', token: 'ab1' })
  })

  test('have two names for help', () => {
    expect(readCommand('news-help')?.command).toBe('help')
    expect(readCommand('news-request')?.command).toBe('help')
  })

  test('take the last word as the command: a name may hold such words too', () => {
    expect(readCommand('home-owner-subscribe')).toEqual({ listName: 'home-owner', command: 'subscribe' })
  })

  test('are nothing else', () => {
    for (const other of [
      'news',
      'news-',
      '-owner',
      'news-toString',
      'news-owner+',
      'news-owner+a/b',
      'news+owner',
    ])
      expect(readCommand(other)).toBeUndefined()
  })
})

describe('the name of a list', () => {
  test('may be of letters, digits, hyphens, dots and underscores', () => {
    for (const name of ['news', 'a', 'News-2025', 'dev.announce', 'x_y'])
      expect(listAddressProblem(`${name}@lists.example`)).toBeUndefined()
  })

  test('may be nothing that cannot be told from something else, or that no List-Id could hold', () => {
    const wrong = [
      'b+x',
      '"a b"',
      'news-owner',
      'a-request',
      'postmaster',
      'Abuse',
      'a..b',
      '-a',
      'a-',
      'é',
      'x'.repeat(41),
    ]
    for (const name of wrong) expect(listAddressProblem(`${name}@lists.example`), name).toBeTruthy()
    expect(listAddressProblem('news')).toBe('an address such as news@lists.example')
  })
})

test('addresses of people are compared without regard to case and to the spelling of the domain', () => {
  expect(addressKey('Jo@Bücher.example')).toBe(addressKey('jo@xn--bcher-kva.EXAMPLE'))
  expect(addressKey('jo@a.example')).not.toBe(addressKey('jo@b.example'))
})
