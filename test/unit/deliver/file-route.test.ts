import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import type { NextHop } from '../../../src/discover/next-hop.ts'
import { delivery, mailOf, text } from './fixtures.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-route-'))
})
afterEach(() => rm(folder, { recursive: true }))

function into(name: string): NextHop[] {
  return [{ kind: 'file', folder: join(folder, name), source: 'route' }]
}

describe('a route to a folder', () => {
  test('writes each message to a file of its own with the envelope on top, and makes the folder', async () => {
    const outcome = await deliver(
      mailOf([Buffer.from(text), Buffer.from('more\r\n')]),
      into('a/b'),
      delivery(),
    )
    expect(outcome).toEqual({ kind: 'delivered', phase: 'body', nextHop: `file:${join(folder, 'a/b')}` })
    expect(await readdir(join(folder, 'a/b'))).toEqual(['1700000000000-01HQ-0.eml'])
    expect(await readFile(join(folder, 'a/b/1700000000000-01HQ-0.eml'), 'utf8')).toBe(
      `Return-Path: <b+1@relay.example>\r\nDelivered-To: someone@destination.example\r\n${text}more\r\n`,
    )
  })

  test('writes the null reverse-path as <>', async () => {
    await deliver(mailOf(text, { reversePath: '' }), into('inbox'), delivery())
    const [name = ''] = await readdir(join(folder, 'inbox'))
    expect(await readFile(join(folder, 'inbox', name), 'utf8')).toMatch(/^Return-Path: <>\r\n/)
  })

  test('that cannot be written to is deferred with the cause', async () => {
    await writeFile(join(folder, 'file'), '')
    const outcome = await deliver(mailOf(text), into('file'), delivery())
    expect(outcome).toMatchObject({ kind: 'deferred', status: '4.3.0' })
    expect(outcome.reason).toMatch(/EEXIST|ENOTDIR/)
  })

  test('leaves nothing behind when it fails half-way', async () => {
    await mkdir(join(folder, 'inbox/1700000000000-01HQ-0.eml'), { recursive: true })
    expect(await deliver(mailOf(text), into('inbox'), delivery())).toMatchObject({ kind: 'deferred' })
    expect(await readdir(join(folder, 'inbox'))).toEqual(['1700000000000-01HQ-0.eml'])
  })
})
