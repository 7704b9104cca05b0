/** What a DSN of this relay is composed of. */
import type { Message } from '../message/message.ts'
import type { ReportedAction } from '../record/bounce-record.ts'

/** One recipient that the report is about, named as the previous hop named it. */
export interface ReportedRecipient {
  /** Address that the previous hop used: nothing that this hop forwarded to is told. */
  readonly finalRecipient: string
  /** ORCPT of the previous hop (RFC 3461 section 4.2), decoded: `rfc822;a@b.example`. */
  readonly originalRecipient?: string | undefined
  readonly action: ReportedAction
  /** Enhanced status code, such as 5.1.1 (RFC 3463). */
  readonly status: string
  /** What happened, for a person, without addresses or hosts from beyond this hop. One line. */
  readonly explanation: string
  /** Codes that the next hop gave, where it gave any: `550 5.1.1`. */
  readonly replyCodes?: string | undefined
  /** The reply of a server further on, cleaned for the previous hop to read; goes before `replyCodes`. */
  readonly diagnostic?: string | undefined
  /** Of a delayed one: until when delivery is tried. */
  readonly willRetryUntilMilliseconds?: number | undefined
}

export interface DsnInput {
  /** Host name of this relay. */
  readonly reportingMta: string
  /** Address in the domain that received the failed message; the From field. */
  readonly from: string
  /** Where the report goes. */
  readonly to: string
  readonly arrivedAtMilliseconds: number
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries; random, so that no returned message can hold it. */
  readonly boundary: string
  readonly queueId: string
  /** ENVID of the previous hop (RFC 3461 section 4.4), decoded. */
  readonly originalEnvelopeId?: string | undefined
  readonly recipients: readonly ReportedRecipient[]
  /** The message as the previous hop sent it; undefined where nothing of it can be told. */
  readonly returned: Message | undefined
  /** Return the header fields alone: RET=HDRS (RFC 3461 section 4.3), or there is no body. */
  readonly headerOnly?: boolean | undefined
  /** Bodies above this are left out and the header fields returned alone (text/rfc822-headers). */
  readonly returnBodyMaxBytes: number
}
