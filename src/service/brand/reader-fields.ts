/** What copies to readers behind own domains get on top, so that their programs show the image of the sender (BIMI). */
import { receiverFields } from '../../brand/receiver-fields.ts'
import type { HeaderField, Message } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { Forwarding } from '../forward/expand-envelope.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'

/** Fields by the recipient that a copy is made for; a recipient that gets none is not there. */
export type ReaderFields = ReadonlyMap<string, readonly HeaderField[]>

export type ReaderDependencies = Pick<JudgingDependencies, 'config' | 'log' | 'keys' | 'brands' | 'clock'>

/**
 * Looks up what the copies of a message need. A message with fields of this kind that must stay, and one without a pass of DMARC, gets none; what
 * cannot be found out costs the image and never the message.
 *
 * @throws KeyError where the key that `bimi.selector` names is not there
 */
export async function readerFields(
  queueId: string,
  message: Message,
  { dmarc, brand: kept }: Pick<AdmissionRecord, 'dmarc' | 'brand'>,
  copies: readonly Forwarding[],
  { config, log, keys, brands, clock }: ReaderDependencies,
): Promise<ReaderFields> {
  const found = new Map<string, readonly HeaderField[]>()
  if (dmarc?.result !== 'pass' || kept === 'kept') return found
  for (const { recipient, domain } of copies.filter(copy => copy.kind === 'alias' && !copy.failure)) {
    const settings = Object.hasOwn(config.domains, domain) ? config.domains[domain]?.bimi : undefined
    if (settings === undefined || found.has(recipient)) continue
    const finding = await brands.of(message, dmarc, settings.authority === 'required')
    if (finding.kind === 'none') {
      log.info({ queueId, domain, reason: finding.reason }, 'no image of the sender')
      continue
    }
    const [signer] = keys.keyring.signers(domain, { selectors: [settings.selector] })
    if (signer === undefined) continue
    const at = recipient.lastIndexOf('@')
    const address = `${at === -1 ? recipient : recipient.slice(0, at)}@${domain}`
    found.set(recipient, await receiverFields(finding.brand, address, message.fields, signer, clock()))
  }
  return found
}
