/**
 * The reflector for other programs: what comes back for a message from each of its addresses, and what a verifier must say of that.
 * docs/library.md shows it at work, docs/interop.md lists the addresses.
 */

export { type Reflector, reflectors } from './record/reflection-record.ts'
export { type ReflectedMessage, type ReflectRequest, reflectMessage } from './reflect/reflect-message.ts'
export {
  type ReflectionReport,
  type ReturnedHop,
  type ReturnedReport,
  reflectionText,
} from './reflect/reflection-report.ts'
export {
  type Expectation,
  expectationOf,
  type Reflection,
  reflections,
  reflectorLocalPart,
  reflectorOf,
} from './reflect/reflectors.ts'
export type { ReflectingHop } from './reflect/sign-reflection.ts'
