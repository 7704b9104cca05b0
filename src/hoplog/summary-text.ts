/** Messages as lines of a table that fits 80 columns. What does not fit is cut off; `--json` has it whole. */
import type { MessageLine } from './summary.ts'
import { pathText } from './text.ts'

const columns = 80
const gap = '  '
const head = ['QUEUE ID', 'RECEIVED', 'FROM', 'TO', 'DKIM2', 'STATE'] as const
/** Widths of the columns in order; those of FROM and TO are what is left. */
type Widths = readonly number[]

/** The table of some messages. */
export function messageTable(lines: readonly MessageLine[]): string {
  const rows = lines.map(cellsOf)
  const widths = widthsOf([[...head], ...rows])
  return [[...head], ...rows].map(row => rowText(row, widths)).join('')
}

/** Rows that come one after the other, below one head. */
export function messageRows(): { readonly head: string; row(line: MessageLine): string } {
  const widths = widthsOf([[...head], ['', 'MM-DD HH:MM', '', '', 'permerror', 'delivered 10/10']])
  return { head: rowText(head, widths), row: line => rowText(cellsOf(line), widths) }
}

function cellsOf(line: MessageLine): string[] {
  const { queueId, receivedAt, mf, rt, result } = line
  const more = rt.length > 1 ? ` (+${rt.length - 1})` : ''
  const received = receivedAt.slice(5, 16).replace('T', ' ')
  return [queueId, received, pathText(mf), pathText(rt[0] ?? '') + more, result ?? '-', stateText(line)]
}

/** What most needs attention of the deliveries, and of how many that is so; the state of the message where it has none. */
function stateText({ state, deliveries }: MessageLine): string {
  const all = Object.values(deliveries).reduce((sum, number) => sum + number, 0)
  const worst = ['held', 'queued', 'failed', 'delivered'].find(one => (deliveries[one] ?? 0) > 0)
  if (worst === undefined) return state
  const number = deliveries[worst] ?? 0
  return `${worst} ${number === all ? all : `${number}/${all}`}`
}

function widthsOf(rows: readonly (readonly string[])[]): Widths {
  const natural = head.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const [id = 0, received = 0, from = 0, to = 0, result = 0, state = 0] = natural
  const queueId = Math.max(id, 'QUEUE ID 11'.length)
  const left = columns - (queueId + received + result + state) - gap.length * (head.length - 1)
  const half = Math.floor(left / 2)
  const ofFrom = to < half && from > 0 ? left - Math.max(to, 2) : half
  const fromWidth = Math.min(from || half, ofFrom)
  return [queueId, received, fromWidth, left - fromWidth, result, state]
}

function rowText(cells: readonly string[], widths: Widths): string {
  const shown = cells.map((cell, column) => {
    const width = widths[column] ?? 0
    const isParty = column === 2 || column === 3
    const text = isParty && cell.length > width ? `${cell.slice(0, width - 1)}…` : cell
    return column === cells.length - 1 ? text : text.padEnd(width)
  })
  return `${shown.join(gap)}\n`
}
