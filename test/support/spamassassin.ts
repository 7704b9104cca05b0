/** A real SpamAssassin, as Debian packages it: its rules about what a message is made of, no network, nothing learned. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Why there is no SpamAssassin here; undefined where there is one. For `test.skipIf`; the reason is printed. */
export const spamAssassinMissing: string | undefined =
  spawnSync('spamassassin', ['--version']).error === undefined ? undefined : 'spamassassin is not installed'
if (spamAssassinMissing !== undefined)
  console.warn(`tests with SpamAssassin are skipped: ${spamAssassinMissing}`)

const preferences = `use_bayes 0
report_safe 0
skip_rbl_checks 1
dns_available no
use_auto_welcomelist 0
`

/** It judges several messages in an order of its own: each has its number on top. */
const numberField = 'X-Test-Number'

function numbered(at: number, message: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(`${numberField}: ${at}\r\n`), message])
}

/** The names of the rules that each of these messages hits, in their order. */
export async function spamAssassinRules(messages: readonly Buffer[]): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'spamassassin-'))
  try {
    const settings = join(folder, 'user_prefs')
    await writeFile(settings, preferences)
    const files = messages.map((_, at) => join(folder, `${at}.eml`))
    await Promise.all(files.map((file, at) => writeFile(file, numbered(at, messages[at]))))
    const { stdout } = await promisify(execFile)(
      'spamassassin',
      ['--local', '--test-mode', `--prefspath=${settings}`, ...files],
      { env: { ...process.env, HOME: folder }, encoding: 'latin1', maxBuffer: 64 * 1024 * 1024 },
    )
    const answers = stdout.matchAll(
      new RegExp(
        `^X-Spam-Status:[^=]*=[^=]*=[^=]* tests=([^=]*?)\\s+autolearn=[^]*?^${numberField}: (\\d+)`,
        'gm',
      ),
    )
    const found = new Map([...answers].map(([, rules = '', at]) => [Number(at), rules]))
    return messages.map((_, at) =>
      (found.get(at) ?? 'NOT_JUDGED').split(/[,\s]+/).filter(rule => rule !== ''),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
