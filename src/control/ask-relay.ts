/** What commands ask the running relay. */
import { request } from 'node:http'
import { control } from '../limits.ts'

export type ControlAnswer =
  | { readonly kind: 'answered'; readonly answer: unknown }
  /** The relay did not do it, and says why. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Nobody listens there. */
  | { readonly kind: 'not-running' }

/**
 * Asks the relay behind a socket.
 *
 * @throws Error when it does not answer in time, or the socket belongs to somebody else
 */
export function askRelay(socketPath: string, word: string): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath,
      path: `/${word}`,
      method: 'POST',
      timeout: control.timeoutMilliseconds,
    })
    asked.on('timeout', () => asked.destroy(new Error('the relay does not answer')))
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve({ kind: 'not-running' })
      else reject(error)
    })
    asked.on('response', response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > control.maxAnswerBytes)
          asked.destroy(new Error('the answer of the relay is too long'))
      })
      response.on('end', () => resolve(answerOf(text)))
    })
    asked.end()
  })
}

function answerOf(text: string): ControlAnswer {
  const body: { readonly answer?: unknown; readonly problem?: string } = JSON.parse(text)
  return body.problem === undefined
    ? { kind: 'answered', answer: body.answer }
    : { kind: 'refused', problem: body.problem }
}
