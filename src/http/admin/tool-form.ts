/** The form of the tools. */
import type { GivenFields, ToolRequest } from './tools-page.ts'

const tools = ['explain', 'preview', 'undo'] as const

/** What is asked for, or what is missing. */
export async function toolRequest(form: FormData): Promise<ToolRequest | { readonly problem: string }> {
  const tool = tools.find(one => one === form.get('tool'))
  if (tool === undefined) return { problem: 'Please press one of the buttons.' }
  const octets = await octetsIn(form)
  if (octets.length === 0) return { problem: 'Please paste a message, or choose a file.' }
  const mailFrom = textIn(form, 'mailFrom').trim()
  const rcptTo = textIn(form, 'rcptTo')
    .split(/\s+/)
    .filter(path => path !== '')
    .map(bare)
  const isGiven = mailFrom !== '' && rcptTo.length > 0
  if (tool === 'preview' && !isGiven) return { problem: 'A preview needs MAIL FROM and RCPT TO.' }
  return { tool, octets, mailFrom: isGiven ? bare(mailFrom) : undefined, rcptTo }
}

/** For the page that answers: a file is not shown again. */
export function givenIn(form: FormData): GivenFields {
  return {
    message: textIn(form, 'message'),
    mailFrom: textIn(form, 'mailFrom'),
    rcptTo: textIn(form, 'rcptTo'),
  }
}

/** A file counts before what was pasted: it has every octet. Browsers send pasted text as UTF-8 with CRLF. */
async function octetsIn(form: FormData): Promise<Buffer> {
  const file = form.get('file')
  if (file instanceof File && file.size > 0) return Buffer.from(await file.arrayBuffer())
  return Buffer.from(textIn(form, 'message').replace(/\r?\n/g, '\r\n'))
}

function textIn(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

function bare(path: string): string {
  return path.replace(/^<|>$/g, '')
}
