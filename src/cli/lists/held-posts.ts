/** lists held | approve | reject: posts that wait for an owner. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { Answer, Asked, Desk } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { pagesOf } from '../desk/pages.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { positiveNumber, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'

interface HeldOptions extends DeskOptions, JsonOption {
  readonly limit: number
}

interface RejectOptions extends DeskOptions, JsonOption {
  readonly reason?: string
  readonly silent?: true
}

type HeldPost = Answer<'heldPosts'>['posts'][number]

/** Adds the three commands. */
export function addHeldPosts(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('held')))
    .description('list the posts that wait for an owner, oldest first')
    .argument('[list]')
    .option('--limit <number>', 'how many', positiveNumber, 50)
    .action(async (address: string | undefined, options: HeldOptions) => {
      const held = await useDesk(options, terminal, desk => heldOf(desk, address, options.limit))
      terminal.out(options.json ? jsonText(held) : heldText(held))
      finish(0)
    })
  withJson(withDesk(lists.command('approve')))
    .description('send held posts to their lists')
    .argument('<number...>', 'as lists held shows them', collectNumber)
    .action((posts: number[], options: DeskOptions & JsonOption) =>
      decide({ action: 'approve', posts }, options, terminal, finish),
    )
  withJson(withDesk(lists.command('reject')))
    .description('reject held posts; their authors are told')
    .argument('<number...>', 'as lists held shows them', collectNumber)
    .option('--reason <text>', 'why, for the author')
    .option('--silent', 'the author does not hear of it')
    .action((posts: number[], options: RejectOptions) => {
      const { reason, silent } = options
      const told = { ...(reason !== undefined && { reason }), ...(silent && { silent }) }
      return decide({ action: 'reject', posts, ...told }, options, terminal, finish)
    })
}

function collectNumber(text: string, before: readonly number[] = []): number[] {
  return [...before, positiveNumber(text)]
}

/** As many as were asked for, in pages. */
async function heldOf(desk: Desk, list: string | undefined, most: number): Promise<readonly HeldPost[]> {
  const held: HeldPost[] = []
  const filter = { ...(list !== undefined && { list }) }
  const pages = pagesOf({
    ask: (limit, after) => desk.ask('heldPosts', { limit, ...filter, ...(after !== undefined && { after }) }),
    entries: page => page.posts,
    most,
  })
  for await (const page of pages) held.push(...page.posts)
  return held
}

function heldText(held: readonly HeldPost[]): string {
  if (held.length === 0) return 'no post is held\n'
  const rows = held.map(({ post, list, heldAt, from, subject }) => [
    String(post),
    list,
    heldAt,
    printable(from),
    printable(subject),
  ])
  return tableText(['post', 'list', 'held at', 'from', 'subject'], rows)
}

async function decide(
  asked: Asked<'decidePosts'>,
  options: DeskOptions & JsonOption,
  terminal: Terminal,
  finish: Finish,
): Promise<void> {
  const { results } = await useDesk(options, terminal, desk => desk.ask('decidePosts', asked))
  const text = results.map(({ post, result }) => `${post}: ${result}\n`).join('')
  terminal.out(options.json ? jsonText(results) : text)
  finish(results.every(({ done }) => done) ? 0 : 1)
}
