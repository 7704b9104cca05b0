/**
 * Delivery into a folder, one file a message, for a configured `file:` route. The fields Return-Path and Delivered-To
 * on top hold the envelope; DKIM2 signs neither, so that the file can be verified as it is.
 */
import { open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileHop } from '../discover/next-hop.ts'
import { makeFolder } from '../files/make-folder.ts'
import { hopName } from './hop-name.ts'
import type { Attempt } from './host-attempt.ts'
import type { OutgoingMail } from './outcome.ts'

/**
 * Writes the message to a file of its own; delivered means that file and name are on disk. A file is complete as soon
 * as its name ends in `.eml`. Disk errors defer.
 *
 * @param clock Unix time in milliseconds
 */
export async function writeToFolder(hop: FileHop, mail: OutgoingMail, clock: () => number): Promise<Attempt> {
  const name = `${clock()}-${mail.queueId}-${mail.ordinal}.eml`
  const temporary = join(hop.folder, `.${name}.tmp`)
  const held = await mail.content.hold()
  if ('unavailable' in held) return deferredHere(hop, held.unavailable)
  try {
    // Each file is for its owner alone; who may enter a folder that is there already is its owner's affair.
    await makeFolder(hop.folder)
    await writeSynced(temporary, [envelopeFields(mail), ...held.chunks])
    await rename(temporary, join(hop.folder, name))
    await syncFolder(hop.folder)
    return { outcome: { kind: 'delivered', phase: 'body', nextHop: hopName(hop) }, goOn: false }
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    return deferredHere(hop, error instanceof Error ? error.message : String(error))
  } finally {
    held.release()
  }
}

function deferredHere(hop: FileHop, why: string): Attempt {
  const nextHop = hopName(hop)
  const reason = `${nextHop}: ${why}`
  return { outcome: { kind: 'deferred', phase: 'body', status: '4.3.0', reason, nextHop }, goOn: true }
}

/** Return-Path (RFC 5321 section 4.4) and Delivered-To (RFC 9228). */
function envelopeFields(mail: OutgoingMail): Buffer {
  return Buffer.from(`Return-Path: <${mail.reversePath}>\r\nDelivered-To: ${mail.forwardPath}\r\n`)
}

async function writeSynced(file: string, chunks: readonly Buffer[]): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(chunks)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a rename survive a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
