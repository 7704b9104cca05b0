/** Posts Batch SMTP objects by hand, as a peer that is not this relay. */
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { afterTest } from './stage.ts'

export interface PostSettings {
  readonly port: number
  /** PEM, of the server. */
  readonly authority: string
  readonly token?: string
  /** Shown in the TLS handshake, PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string }
  readonly headers?: IncomingHttpHeaders
}

export interface PostAnswer {
  readonly status: number
  readonly body: string
}

/** An object that is on its way: the body is up to the caller. */
export function beginPost(settings: PostSettings): {
  readonly stream: ClientHttp2Stream
  answer(): Promise<PostAnswer>
} {
  const { port, authority, token, certificate, headers } = settings
  const session = connect(`https://127.0.0.1:${port}`, { ca: authority, ...certificate })
  session.on('error', () => undefined)
  afterTest(async () => session.destroy())
  const stream = session.request({
    ':method': 'POST',
    ':path': '/bsmtp',
    'content-type': 'application/batch-SMTP',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...headers,
  })
  const status = new Promise<number>((resolve, reject) => {
    stream.once('response', head => resolve(head[':status'] ?? 0))
    stream.once('error', reject)
  })
  status.catch(() => undefined)
  return {
    stream,
    async answer() {
      const body = await text(stream)
      session.close()
      return { body, status: await status }
    },
  }
}

export function postObject(settings: PostSettings, body: string | Buffer): Promise<PostAnswer> {
  const { stream, answer } = beginPost(settings)
  stream.end(body)
  return answer()
}

/** An object of lines that ends as it should. */
export function objectOf(...lines: readonly string[]): string {
  return ['EHLO peer.example', ...lines, 'QUIT', ''].join('\r\n')
}
