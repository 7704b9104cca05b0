/**
 * One HTTPS request to an address that is known already, with everything bounded: the certificate must be valid for the host,
 * nothing is followed anywhere else.
 */
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { readBounded } from '../bounded/read-bounded.ts'
import { nameError } from '../tls/certificate-name.ts'

export interface HttpsSettings {
  /** For the whole exchange; RFC 8461 section 3.3 suggests a minute. */
  readonly timeoutMilliseconds: number
  /** PEM certificates that are trusted instead of those that come with Node; for a private authority. */
  readonly certificateAuthorities?: readonly string[]
}

export interface HttpsQuestion {
  readonly host: string
  readonly address: string
  readonly port: number
  /** With the query. */
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Largest body of the answer, in octets. */
  readonly maxOctets: number
}

export type HttpsAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** Lower case, without parameters; '' for none. */
      readonly mediaType: string
      readonly body: Buffer
    }
  /** The certificate is not valid for the host. */
  | { readonly kind: 'untrusted'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** Errors of node:tls that say something of the certificate; the rest is the network's. */
const certificateErrors =
  /^(?:CERT_|CRL_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_|PATH_LENGTH)/

/** Asks once, over a connection of its own. Never rejects. */
export async function httpsRequest(question: HttpsQuestion, settings: HttpsSettings): Promise<HttpsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>()
  const { host, address, port, path, method, headers, body, maxOctets } = question
  const authorities = settings.certificateAuthorities
  const asked = request({
    host: address,
    servername: host,
    port,
    path,
    method,
    headers: { host: port === 443 ? host : `${host}:${port}`, ...headers },
    agent: false,
    rejectUnauthorized: true,
    checkServerIdentity: (_name, certificate) => nameError(certificate, [host]),
    signal: AbortSignal.timeout(settings.timeoutMilliseconds),
    ...(authorities !== undefined && { ca: [...authorities] }),
  })
  asked
    .once('error', reject)
    .once('response', response => readAnswer(response, maxOctets).then(resolve, reject))
  asked.end(body)
  try {
    return await promise
  } catch (error) {
    return failureOf(host, error)
  } finally {
    asked.on('error', () => undefined).destroy()
  }
}

async function readAnswer(response: IncomingMessage, maxOctets: number): Promise<HttpsAnswer> {
  const body = await readBounded(response, maxOctets)
  const mediaType = (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return { kind: 'answer', status: response.statusCode ?? 0, mediaType, body }
}

function failureOf(host: string, error: unknown): HttpsAnswer {
  const text = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
  const reason = `https://${host}: ${isLate ? 'no answer in time' : text}`
  return { kind: certificateErrors.test(code) ? 'untrusted' : 'unreachable', reason }
}
