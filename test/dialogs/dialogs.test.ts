/**
 * Runs every *.dialog of this folder against a listener. A dialog is plain text:
 *
 *   # what it proves             comments; the first one is the name of the test
 *   limit maxRecipients 2        settings of the listener, before the first line of the dialog
 *   delay 60000                  earlyTalkerDelayMilliseconds
 *   C: EHLO client.example       the client sends this line with CRLF
 *   C> EHLO a\r\nNOOP\n          the client sends exactly this, with the escapes \r \n \t \\ \xHH; may follow one another
 *   S: 250-SIZE                  the next line of the server begins with this
 *   S: 250 ...                   any lines `250-` until the line that begins with `250 `
 *   closed                       the server closes the connection and says nothing more
 *   accepted 1                   so many messages were accepted by now
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ListenerRig } from '../support/listener-rig.ts'
import type { RawClient } from '../support/raw-client.ts'

const folder = dirname(fileURLToPath(import.meta.url))

interface Dialog {
  readonly title: string
  readonly limits: Record<string, number>
  readonly delayMilliseconds: number
  readonly steps: readonly { readonly line: number; readonly text: string }[]
}

function readDialog(file: string): Dialog {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n')
  const title =
    lines
      .find(text => text.startsWith('#'))
      ?.slice(1)
      .trim() ?? file
  const limits: Record<string, number> = {}
  let delayMilliseconds = 0
  const steps: { line: number; text: string }[] = []
  for (const [at, text] of lines.entries()) {
    const [word = '', name = '', value] = text.split(' ')
    if (text.trim() === '' || text.startsWith('#')) continue
    else if (word === 'limit') limits[name] = Number(value)
    else if (word === 'delay') delayMilliseconds = Number(name)
    else steps.push({ line: at + 1, text })
  }
  return { title, limits, delayMilliseconds, steps }
}

function unescaped(text: string): Buffer {
  const named: Record<string, string> = { r: '\r', n: '\n', t: '\t', '\\': '\\' }
  const latin1 = Buffer.from(text)
    .toString('latin1')
    .replace(/\\(?:x([0-9a-f]{2})|([rnt\\]))/gi, (_, hex?: string, letter?: string) =>
      hex === undefined ? (named[letter ?? ''] ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
    )
  return Buffer.from(latin1, 'latin1')
}

async function expectLine(client: RawClient, wanted: string): Promise<void> {
  let line = await client.line()
  const isRest = wanted.endsWith(' ...')
  const prefix = isRest ? wanted.slice(0, -3) : wanted
  while (isRest && line.startsWith(`${prefix.trimEnd()}-`)) line = await client.line()
  expect(line.slice(0, prefix.length)).toBe(prefix)
}

async function take(text: string, client: RawClient, rig: ListenerRig): Promise<void> {
  const content = text.slice(3)
  if (text.startsWith('C: ')) await client.write(`${content}\r\n`)
  else if (text.startsWith('C> ')) await client.write(unescaped(content))
  else if (text.startsWith('S: ')) await expectLine(client, content)
  else if (text === 'closed') await client.closed.then(() => expect(client.unread).toBe(''))
  else if (text.startsWith('accepted ')) expect(rig.messages).toHaveLength(Number(text.slice(9)))
  else throw new Error(`not a step of a dialog: ${text}`)
}

async function play(dialog: Dialog, file: string): Promise<void> {
  const rig = await ListenerRig.start({
    limits: dialog.limits,
    listener: { earlyTalkerDelayMilliseconds: dialog.delayMilliseconds },
  })
  try {
    const client = await rig.client()
    for (const { line, text } of dialog.steps) {
      await take(text, client, rig).catch((cause: unknown) => {
        throw new Error(`${file}:${line}: ${text}\n${cause}`, { cause })
      })
    }
  } finally {
    await rig.close()
  }
}

describe('dialogs', () => {
  const files = globSync('*.dialog', { cwd: folder }).sort()
  test.each(files.map(file => [readDialog(file).title, file] as const))('%s (%s)', async (_title, file) => {
    await play(readDialog(file), file)
  })
})
