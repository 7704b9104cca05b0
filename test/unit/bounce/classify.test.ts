import { describe, expect, test } from 'vitest'
import { classifyBounce } from '../../../src/bounce/classify.ts'
import { readReport } from '../../../src/bounce/read-report.ts'
import { readMessage } from '../../../src/message/message.ts'
import { shapes } from './report-shapes.ts'

async function classify(text: string, reversePath = '') {
  const message = readMessage(Buffer.from(text))
  return classifyBounce(message, reversePath, await readReport(message))
}

function report(...actions: string[]): string {
  const groups = actions.map(action => `Final-Recipient: rfc822; a@b\r\n${action}\r\n\r\n`).join('')
  return `Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n${groups}--b--\r\n`
}

describe('what came to a bounce address', () => {
  test.each(shapes)('$name is a report, though it says that it is automatic', async shape => {
    expect((await classify(shape.text)).kind).toBe(shape.action)
  })

  test.each(['failed', 'delayed', 'delivered', 'relayed', 'expanded'])('%s is told apart', async action => {
    expect((await classify(report(`Action: ${action}`))).kind).toBe(action)
  })

  test('a failure of one recipient makes it a report of failure', async () => {
    expect((await classify(report('Action: delivered', 'Action: failed'))).kind).toBe('failed')
  })

  test('a report without an action counts by its status', async () => {
    expect((await classify(report('Status: 5.1.1'))).kind).toBe('failed')
    expect((await classify(report('Status: 2.0.0'))).kind).toBe('malformed')
  })

  test('a report with a return address of its own is no bounce', async () => {
    expect((await classify(report('Action: failed'), 'x@y.example')).kind).toBe('other')
  })

  test.each([
    ['Auto-Submitted: auto-replied'],
    ['Auto-Submitted: auto-generated; owner-email="x@y.example"'],
    ['Precedence: bulk'],
    ['Precedence: auto_reply'],
    ['X-Autoreply: yes'],
    ['X-Autorespond: vacation'],
    ['Subject: Automatic reply: Plans'],
    ['Subject: Out of the office until Monday'],
    ['Content-Type: multipart/report; report-type=disposition-notification; boundary=x'],
  ])('%s is an automatic reply', async field => {
    expect((await classify(`${field}\r\n\r\nI am away.\r\n`)).kind).toBe('auto-reply')
    expect((await classify(`${field}\r\n\r\nI am away.\r\n`, 'x@y.example')).kind).toBe('auto-reply')
  })

  test.each(['Auto-Submitted: no', 'Precedence: first-class', 'Subject: On vacation'])(
    '%s is a letter',
    async field => {
      expect((await classify(`${field}\r\n\r\nHi.\r\n`, 'x@y.example')).kind).toBe('other')
      expect((await classify(`${field}\r\n\r\nHi.\r\n`)).kind).toBe('other')
    },
  )

  test('a broken report is malformed', async () => {
    const text = 'Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b--\r\n'
    expect((await classify(text)).kind).toBe('malformed')
  })
})
