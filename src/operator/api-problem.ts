/** Problem details (RFC 9457) of the API. */

/** What went wrong, for programs. */
export const apiErrorCodes = [
  /** What was asked for is a mistake, as things are named here. */
  'usage',
  /** The request is not of the form that the document says. */
  'invalid',
  'not-found',
  /** It cannot be done as things are. */
  'failed',
  /** There is no token, or it is not good. */
  'token',
  /** The token may not do this. */
  'scope',
  'no-such-route',
  'no-such-method',
  'media-type',
  'too-large',
  'too-many',
  'busy',
  'store',
  'internal',
] as const

export type ApiErrorCode = (typeof apiErrorCodes)[number]
