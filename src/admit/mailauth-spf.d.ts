/** SPF by itself: the whole of mailauth brings an HTTP client and readers of certificates along. */
declare module 'mailauth/lib/spf/index.js' {
  export { spf } from 'mailauth'
}
