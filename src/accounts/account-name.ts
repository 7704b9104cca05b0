/** Names of accounts: what a person types beside the password (RFC 4954), and the one form in which two of them are compared. */

/** An address of RFC 5321 fits; what is longer is no name that anybody types. */
const maxNameOctets = 254

/** White space, commas and controls: a name stands in lists, in CSV and in SCRAM messages. */
const unusable = /[\s,\p{Cc}\p{Cf}\p{Zs}]/u

/** As two names are compared: without regard to case and to the width of letters (RFC 8265 section 3.3, UsernameCaseMapped). */
export function accountKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** Why a text is no name of an account: what was expected. undefined: it is one. */
export function accountNameProblem(name: string): string | undefined {
  const isFit = name !== '' && Buffer.byteLength(name) <= maxNameOctets && !unusable.test(name)
  return isFit ? undefined : 'a name such as ann or ann@alias.example, without white space and commas'
}
