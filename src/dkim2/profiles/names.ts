/**
 * The wire profiles by what a message shows of them: a line here and one in index.ts add a profile, whose folder has the rest. Names
 * stand apart from the profiles because each profile has to know the fields of all of them: none is part of a header hash.
 */

export interface ProfileNames {
  readonly id: string
  /** Name of its version field, in lower case. */
  readonly versionField: string
  /** The tags by which its DKIM2-Signature fields are known: any of them is enough, or all have to be there. */
  readonly signatureTags: { readonly any: readonly string[] } | { readonly all: readonly string[] }
}

/** The first is the default: new messages are signed in it, and signatures that fit none are read as its own. */
export const profileNames = [
  { id: 'mailversion', versionField: 'mailversion', signatureTags: { any: ['mv', 's1', 'a1', 'b1'] } },
  { id: 'message-instance', versionField: 'message-instance', signatureTags: { all: ['m', 's'] } },
] as const satisfies readonly ProfileNames[]

export type ProfileId = (typeof profileNames)[number]['id']

export const profileIds: readonly ProfileId[] = profileNames.map(({ id }) => id)

export const defaultProfile: ProfileId = profileNames[0].id

/** Of all profiles, in lower case. */
export const versionFields: readonly string[] = profileNames.map(({ versionField }) => versionField)

/** True for a DKIM2-Signature field with these tags. */
export function isSignatureOf({ signatureTags }: ProfileNames, tags: ReadonlySet<string>): boolean {
  return 'any' in signatureTags
    ? signatureTags.any.some(tag => tags.has(tag))
    : signatureTags.all.every(tag => tags.has(tag))
}
