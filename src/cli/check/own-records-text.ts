/** How the records of the relay stand, as text: a table, and the lines to add to the zones. */
import { printable } from '../../message/printable.ts'
import type { OwnRecord } from '../../service/own-records/own-record.ts'
import { type Style, styled, type Terminal, tableText } from '../terminal.ts'

const stateStyles: Readonly<Record<OwnRecord['state'], Style>> = {
  ok: 'green',
  missing: 'yellow',
  different: 'yellow',
  unknown: 'yellow',
}

export function ownRecordsText(records: readonly OwnRecord[], terminal: Pick<Terminal, 'colors'>): string {
  const rows = records.map(record => [record.kind, record.name, stateText(record, terminal)])
  const needed = records.filter(record => record.breaksMail)
  const useful = records.filter(record => !record.breaksMail)
  return [
    tableText(['KIND', 'NAME', 'STATE'], rows),
    ...linesText('Mail breaks without these; publish:', needed),
    ...linesText('Worth publishing:', useful),
  ].join('\n')
}

/** The state stands last, so that its colour moves no column. */
function stateText(
  { state, breaksMail, text, found }: OwnRecord,
  terminal: Pick<Terminal, 'colors'>,
): string {
  const word = styled(
    terminal,
    breaksMail ? 'red' : stateStyles[state],
    breaksMail ? `${state}, breaks mail` : state,
  )
  const records = state === 'different' ? ` (${found.map(printable).join('; ')})` : ''
  return `${word}: ${printable(text)}${records}`
}

function linesText(title: string, records: readonly OwnRecord[]): string[] {
  const lines = records.flatMap(({ zoneLines }) => zoneLines)
  return lines.length === 0 ? [] : [`${title}\n${lines.map(line => `${line}\n`).join('')}`]
}
