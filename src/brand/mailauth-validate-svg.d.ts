/** The check of an image's profile in mailauth, which has no types of its own. */
declare module 'mailauth/lib/bimi/validate-svg.js' {
  /** @throws Error that says what is not of the profile SVG Tiny PS */
  export function validateSvg(logo: Buffer): true
}
