/** SPF of a domain (RFC 7208): the tree of its records, what it costs, and what it says of everybody else. */
import { zoneFileLine } from '../../sign/zone-line.ts'
import type { Grade } from './finding.ts'
import {
  type DomainFacts,
  type DomainFinding,
  finding,
  isValidated,
  textsOf,
  unknownFinding,
} from './finding.ts'
import { isSpfRecord, type SpfNode, type SpfTree, spfTree } from './spf-tree.ts'

/** RFC 7208 section 4.6.4. */
const maxLookUps = 10
const maxVoids = 2

/** @param isReceiving the domain takes mail, so that its hosts may send some */
export async function senderPolicyFinding(
  { domain, resolver }: DomainFacts,
  isReceiving: boolean,
): Promise<DomainFinding> {
  const of = { kind: 'SPF', name: domain }
  const answer = await resolver.txt(domain)
  if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
  const found = textsOf(answer).filter(isSpfRecord)
  if (found.length === 0) {
    const zoneLines = [zoneFileLine(domain, isReceiving ? 'v=spf1 mx -all' : 'v=spf1 -all')]
    const text = 'no record: anybody can send with a reverse-path of this domain'
    return finding({ ...of, grade: 'weak', text, zoneLines })
  }
  const tree = await spfTree(domain, resolver)
  const { grade, text } = judge(tree)
  return finding({
    ...of,
    grade,
    text,
    found,
    isAuthentic: isValidated(answer),
    details: treeLines(tree.root, ''),
  })
}

function judge(tree: SpfTree): { readonly grade: Grade; readonly text: string } {
  const { lookUps, voids, problems, all, usesPtr } = tree
  const cost = `${lookUps} of ${maxLookUps} look-ups`
  if (problems.length > 0)
    return { grade: 'bad', text: `receivers give up (permerror): ${problems.join('; ')}` }
  if (lookUps > maxLookUps)
    return { grade: 'bad', text: `receivers give up (permerror): ${lookUps} look-ups, 10 are allowed` }
  if (voids > maxVoids)
    return { grade: 'bad', text: `receivers give up: ${voids} look-ups find nothing, 2 are allowed` }
  if (all === 'pass') return { grade: 'bad', text: `lets every address of the world send; ${cost}` }
  if (all === undefined || all === 'neutral') {
    return { grade: 'weak', text: `says nothing of other addresses: end it with -all or ~all; ${cost}` }
  }
  if (usesPtr) return { grade: 'weak', text: `uses ptr, which should not be (RFC 7208 section 5.5); ${cost}` }
  return { grade: 'good', text: `other addresses ${all === 'fail' ? 'fail' : 'fail softly'}; ${cost}` }
}

function treeLines({ domain, problem, terms }: SpfNode, indent: string): string[] {
  const own = `${indent}${domain}${problem === undefined ? '' : `: ${problem}`}`
  return [
    own,
    ...terms.flatMap(({ text, lookUps, problem: fault, node }) => {
      const cost = lookUps > 0 ? ' (1)' : ''
      const line = `${indent}  ${text}${cost}${fault === undefined ? '' : `: ${fault}`}`
      return node === undefined ? [line] : [line, ...treeLines(node, `${indent}    `)]
    }),
  ]
}
