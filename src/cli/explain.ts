/** explain: the chain of a message in words, who did what. */
import type { Command } from 'commander'
import { explain, explanationText } from '../dkim2/explain.ts'
import { versionChanges } from '../dkim2/version-changes.ts'
import { changesText } from './changes-text.ts'
import type { JsonOption } from './options.ts'
import { withJson } from './options.ts'
import { readingOf, revisionOption } from './reading.ts'
import type { Finish, Style, Terminal } from './terminal.ts'
import { jsonText, styled } from './terminal.ts'
import type { VerifyOptions } from './verify.ts'
import { addedText, verifyFile, withVerification } from './verify.ts'

/** Adds `explain`. */
export function explainCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withVerification(withJson(program.command('explain')))
    .addOption(revisionOption())
    .description('tell who handled a message and who changed what')
    .argument('<file>', 'message; - is standard input')
    .action(async (file: string, options: VerifyOptions & JsonOption) => {
      const verified = await verifyFile(file, options, terminal)
      const { message, verdict } = verified
      const explanation = explain(message, verdict, readingOf(options))
      const changes = versionChanges(message, readingOf(options))
      const text = () =>
        inColours(explanationText(explanation), terminal) +
        addedText(verified) +
        changesText(changes, terminal)
      const passesWithout = verified.addedOnTheWay ?? null
      terminal.out(options.json ? jsonText({ ...explanation, passesWithout, changes }) : text())
      finish(verdict.state === 'pass' ? 0 : 1)
    })
}

const wordStyles: Readonly<Record<string, Style>> = {
  pass: 'green',
  fail: 'red',
  permerror: 'red',
  temperror: 'yellow',
  unverifiable: 'yellow',
}

/** Result words and hop numbers stand out on a terminal. */
function inColours(text: string, terminal: Terminal): string {
  return text.replace(/\b(pass|fail|permerror|temperror|unverifiable)\b|\bi=\d+/gi, word =>
    styled(terminal, wordStyles[word.toLowerCase()] ?? 'bold', word),
  )
}
