/** The Node that this program needs. Nothing is imported here: an older one must get as far as this. */

const neededMajor = 24

/**
 * What to say to somebody who runs the program with an older Node; undefined where it is new enough.
 *
 * @param version of Node, such as 24.1.0
 */
export function nodeVersionProblem(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= neededMajor) return undefined
  return `dkim2-relay needs Node ${neededMajor} or later; this is Node ${version}`
}
