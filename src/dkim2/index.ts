/** The public face of the DKIM2 core. */

export { isKnownAlgorithm, signInput, verifyInput } from './algorithms.ts'
export { type ChainBounds, defaultBounds } from './bounds.ts'
export { type Case, type CaseResult, runCases, type ZoneFile, zoneLookup } from './cases.ts'
export {
  compareRevisions,
  differenceText,
  type RevisionComparison,
  type RevisionDifference,
  type RuleChange,
} from './compare-revisions.ts'
export { continuesFrom, type EnvelopePaths, isAligned, relaxedDomainMatch } from './custody.ts'
export { SigningError, type SigningObstacle } from './errors.ts'
export { type Explanation, explain, explanationText } from './explain.ts'
export { applyRecipe } from './history.ts'
export { type KeyRecord, keyRecordName, keyRecordText, parseKeyRecord } from './key-record.ts'
export { MessageVersion } from './message-version.ts'
export type {
  Algorithm,
  Chain,
  Change,
  CopyStep,
  DataStep,
  Flag,
  HeaderChange,
  Hop,
  ProfileId,
  Recipe,
  Step,
  Version,
} from './model.ts'
export { lastSigner, readableOriginator } from './originator.ts'
export { type Reading, type Revision, revisions, type WireProfile } from './profile.ts'
export { profileSource, profiles } from './profiles/index.ts'
export { readProfile } from './profiles/recognize.ts'
export { type MessageIdentity, messageIdentity } from './replay.ts'
export { requestsOf } from './requests-of-hops.ts'
export { RestoredBodies } from './restored-bodies.ts'
export {
  addHop,
  type HopParameters,
  type PreparedHop,
  type PrepareOptions,
  prepareHop,
  type SignedHop,
  type Signer,
  signHop,
} from './sign.ts'
export { type Undone, undo, undoToHop } from './undo.ts'
export { type HopVerdict, type State, type Verdict, verdictText } from './verdict.ts'
export { mayExtend, type TxtAnswer, type TxtLookup, type VerifyOptions, verifyChain } from './verify.ts'
