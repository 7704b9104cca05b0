/** The whole trial: every journey with every order of signers, every damaged message, all before every verifier. */

import { type Damaged, damaged, expectedOf } from './damaged.ts'
import { forge, type Implementation } from './implementations.ts'
import { journeys } from './journeys.ts'
import { type Difference, knownDifference, whyLeftOut } from './known-differences.ts'
import { type Opinion, travel } from './travel.ts'

/** An implementation and the revision of the draft that it follows. */
export interface Participant {
  readonly implementation: Implementation
  readonly revision: string
}

/** Journeys in one order of signers before one verifier. */
export interface Cell {
  readonly signers: string
  readonly verifier: string
  readonly opinions: readonly Opinion[]
}

/** What one verifier said to one damaged message. */
export interface DamageOpinion {
  readonly damage: Damaged
  readonly verifier: string
  readonly expected: string
  readonly said: string
  readonly detail: string
  readonly known?: Difference
}

export interface Trial {
  readonly cells: readonly Cell[]
  readonly damages: readonly DamageOpinion[]
}

/**
 * Runs everything.
 *
 * @param progress is told each part that begins
 * @param others who only sign
 */
export async function runTrial(
  participants: readonly Participant[],
  progress: (part: string) => void = () => {},
  others: readonly Implementation[] = [forge],
): Promise<Trial> {
  const implementations = participants.map(({ implementation }) => implementation)
  const cells: Cell[] = []
  const asked = journeys.filter(
    journey => !implementations.some(({ name }) => whyLeftOut(name, journey.name) !== undefined),
  )
  for (const signers of ordersOf([...implementations, ...others])) {
    const name = signers.map(signer => signer.name).join(' and ')
    progress(`${asked.length} journeys signed by ${name}`)
    const opinions: Opinion[] = []
    for (const journey of asked) opinions.push(...(await travel(journey, signers, implementations)))
    cells.push(...cellsOf(name, opinions, implementations))
  }
  progress(`${damaged.length} damaged messages`)
  const damages: DamageOpinion[] = []
  for (const participant of participants) {
    for (const damage of damaged) damages.push(await judge(damage, participant))
  }
  return { cells, damages }
}

/** Each alone, and every two taking turns, in both orders. */
function ordersOf(signers: readonly Implementation[]): readonly (readonly Implementation[])[] {
  const alone = signers.map(signer => [signer])
  const inTurns = signers.flatMap(first =>
    signers.filter(second => second !== first).map(second => [first, second]),
  )
  return [...alone, ...inTurns]
}

/** A hop that could not be signed counts against every verifier: none of them got to see it. */
function cellsOf(
  name: string,
  opinions: readonly Opinion[],
  verifiers: readonly Implementation[],
): readonly Cell[] {
  const isUnsigned = (opinion: Opinion) =>
    !opinion.passed && opinion.verifier === opinion.signer && opinion.said.startsWith('error')
  return verifiers.map(verifier => ({
    signers: name,
    verifier: verifier.name,
    opinions: opinions.filter(
      opinion =>
        !opinion.said.startsWith('unsupported') &&
        (opinion.verifier === verifier.name || isUnsigned(opinion)),
    ),
  }))
}

async function judge(damage: Damaged, { implementation, revision }: Participant): Promise<DamageOpinion> {
  const verdict = await implementation.verify(damage.request)
  const said = 'state' in verdict ? verdict.state : verdict.declined
  const known = knownDifference(implementation.name, damage.name)
  return {
    damage,
    verifier: implementation.name,
    expected: expectedOf(damage, revision),
    said,
    detail: 'state' in verdict ? verdict.detail : verdict.reason,
    ...(known ? { known } : {}),
  }
}

/** Opinions that nobody expected. */
export function surprises({ cells, damages }: Trial): readonly string[] {
  const sound = cells
    .flatMap(({ opinions }) => opinions)
    .filter(({ passed }) => !passed)
    .map(
      ({ journey, hop, signer, verifier, said }) =>
        `${journey}, hop ${hop} by ${signer}: ${verifier} says ${said}`,
    )
  const broken = damages
    .filter(({ said, expected, known }) => said !== (known?.says ?? expected))
    .map(
      ({ damage, verifier, expected, said, detail }) =>
        `${damage.name}: ${verifier} says ${said} ${detail}, not ${expected}`,
    )
  return [...new Set([...sound, ...broken])]
}
