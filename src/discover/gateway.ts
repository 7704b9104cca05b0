/** A gateway that takes Batch SMTP objects over HTTPS (RFC 2442, draft-many-tiptop-email-00), and how it is treated. */

/** When a gateway can be reached: once, or again and again. */
export interface Contact {
  /** When the first one begins, RFC 3339. */
  readonly from: string
  readonly lastsSeconds: number
  /** From beginning to beginning. */
  readonly everySeconds?: number
}

export interface GatewaySettings {
  /** The token in it is shown to the gateway. */
  readonly tokenFile?: string
  /** What this side shows in the TLS handshake; PEM files. */
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string }
  /** When it can be reached; absent: always. */
  readonly contacts?: readonly Contact[]
  /** One way. */
  readonly lightTimeSeconds: number
  /** For an answer, beside the light time. */
  readonly answerTimeoutSeconds: number
  /** Waits after objects without an answer; the last one repeats. */
  readonly retrySeconds: readonly number[]
  readonly lifetimeSeconds: number
  /** Of one object. */
  readonly maxMessages: number
  readonly maxObjectBytes: number
  /** How long an object waits for further messages. */
  readonly gatherMilliseconds: number
}

/** A place where objects are posted. */
export interface BatchHop extends GatewaySettings {
  readonly kind: 'batch'
  readonly url: string
  /** Of the host in the URL; at least one. */
  readonly addresses: readonly string[]
  readonly source: 'route' | 'uri'
}
