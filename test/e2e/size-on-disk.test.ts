/** What a delivered message costs on the disk once its body has gone. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { openDatabaseForWriting } from '../../src/store/sqlite/database.ts'
import { openWriter } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, type Stage, stage } from '../support/stage.ts'
import { isOnServer } from '../support/store-of-tests.ts'

const messages = 150
const atOnce = 15
const maxOctets = 2_000

test.skipIf(isOnServer())(
  'a message of 4 KiB that was delivered a day ago takes less than 2 KB, with its record and its header',
  async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const empty = usedOctets(relay.database)
    const numbers = Array.from({ length: messages }, (_, number) => number)
    for (let from = 0; from < messages; from += atOnce)
      await Promise.all(numbers.slice(from, from + atOnce).map(number => sendOne(on, relay.port, number)))
    await relay.log.count('delivered', messages)
    await relay.stop()
    afterADay(relay.database)
    const octets = Math.round((usedOctets(relay.database) - empty) / messages)
    expect(octets).toBeLessThan(maxOctets)
  },
)

/** Each is another one, of 4 KiB. */
async function sendOne(on: Stage, port: number, number: number): Promise<void> {
  const [from, to] = ['a@origin.example', ['team@alias.example']]
  const body = `${randomBytes(2_700).toString('base64').replaceAll(/.{76}/g, '$&\r\n')}\r\n`
  const extra = `X-Number: ${number}\r\nDate: Thu, 13 Nov 2025 02:13:20 +0000\r\n`
  const octets = await on.origin.sign(plainMessage({ body, subject: `No. ${number}`, extra }), { from, to })
  expect((await send(port, { from, to, octets })).data).toMatch(/^250 /)
}

/** What the timed jobs do. */
function afterADay(database: string): void {
  const writer = openWriter(database)
  while (writer.indexTerms(500)) {}
  const { shed } = writer.shedBodies({ after: 0, limit: 2 * messages, endedBefore: Date.now() + 86_400_000 })
  expect(shed).toBe(messages)
  writer.close()
}

/** Pages that are in use: what is free is used again before the file grows. */
function usedOctets(file: string): number {
  const { database } = openDatabaseForWriting(file)
  const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map(name =>
    Number(database.pragma(name, { simple: true })),
  )
  database.close()
  return ((pages ?? 0) - (free ?? 0)) * (size ?? 0)
}
