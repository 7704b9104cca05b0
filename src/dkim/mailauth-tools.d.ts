/** Part of mailauth that has no types of its own. */
declare module 'mailauth/lib/tools.js' {
  /**
   * Relaxed alignment by the list of public suffixes that comes with the package.
   *
   * @returns the first of `domains` that is of the same organization; false where none is
   */
  export function getAlignment(domain: string, domains: readonly string[]): { domain: string } | false
}
