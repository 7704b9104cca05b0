/** An HTTPS server that speaks HTTP/2 beside HTTP/1.1, for those who post objects. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createSecureServer } from 'node:http2'
import { incomingHttp } from '../limits.ts'

export interface ObjectListening {
  /** For a whole request. */
  readonly requestMilliseconds: number
  /** Clients are asked for a certificate; who they are is judged with the request. */
  readonly asksCertificates: boolean
}

/** Streams of one connection at the same time: one object, and a few pages. */
const maxStreams = 10

export function newHttp2Server(
  certificate: { readonly key: string; readonly cert: string },
  { asksCertificates, requestMilliseconds }: ObjectListening,
  answer: (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => unknown,
): Http2SecureServer {
  const server = createSecureServer(
    {
      ...certificate,
      allowHTTP1: true,
      minVersion: 'TLSv1.2',
      requestCert: asksCertificates,
      // No authority is asked: a peer shows the very certificate that the configuration names.
      rejectUnauthorized: false,
      maxHeaderListPairs: incomingHttp.maxHeaders,
      settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: incomingHttp.maxHeaderBytes },
    },
    answer,
  )
  // For those who speak HTTP/1.1.
  Object.assign(server, {
    headersTimeout: incomingHttp.headersMilliseconds,
    requestTimeout: requestMilliseconds,
    keepAliveTimeout: incomingHttp.keepAliveMilliseconds,
    maxHeadersCount: incomingHttp.maxHeaders,
    maxRequestsPerSocket: incomingHttp.maxRequestsPerConnection,
  })
  return server
}
