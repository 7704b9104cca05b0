/**
 * What the package gives to other programs: the DKIM2 core, which knows no socket, file, clock or name server. What it needs of
 * them comes in as arguments. docs/library.md shows it at work.
 */

export { compareRevisions, differenceText, type RevisionComparison } from './dkim2/compare-revisions.ts'
export { diff } from './dkim2/diff.ts'
export {
  type Algorithm,
  addHop,
  type ChainBounds,
  type Change,
  defaultBounds,
  type EnvelopePaths,
  type Explanation,
  explain,
  explanationText,
  type Flag,
  type HopParameters,
  type HopVerdict,
  type KeyRecord,
  keyRecordName,
  keyRecordText,
  type PreparedHop,
  type PrepareOptions,
  type ProfileId,
  parseKeyRecord,
  prepareHop,
  type Recipe,
  readProfile,
  type SignedHop,
  type Signer,
  SigningError,
  type SigningObstacle,
  type State,
  type Step,
  signHop,
  type TxtAnswer,
  type TxtLookup,
  type Undone,
  undo,
  undoToHop,
  type Verdict,
  type VerifyOptions,
  verdictText,
  verifyChain,
} from './dkim2/index.ts'
export { type Reading, type Revision, revisions } from './dkim2/profile.ts'
export {
  fieldValue,
  type HeaderField,
  type Message,
  messageChunks,
  newField,
  prependFields,
  readMessage,
  removeFields,
} from './message/message.ts'
export { signerOf } from './sign/signer.ts'
