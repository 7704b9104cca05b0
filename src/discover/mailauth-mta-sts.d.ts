/** What this project uses of mailauth's MTA-STS, which its package does not export. */
declare module 'mailauth/lib/mta-sts.js' {
  import type { MTASTSPolicy, MTASTSValidationResult } from 'mailauth'

  interface Options {
    /** RFC 8461 to the letter. */
    readonly strict?: boolean
    readonly resolver?: (name: string, type: string) => Promise<string[][]>
  }

  /** The id of the policy; false where there is none. Rejects where several records stand. */
  export function resolvePolicy(domain: string, options: Options): Promise<string | false>
  /** Throws an Error for what is no policy. */
  export function parsePolicy(file: Buffer, options: Options): MTASTSPolicy
  export function validateMx(
    host: string,
    policy: { readonly mode: string; readonly mx: readonly string[] },
  ): MTASTSValidationResult
}
