/** Who posts an object: a peer shows its token, its certificate, or both, as the configuration demands. */
import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RelayConfig } from '../../config/schema.ts'

type Peers = RelayConfig['batchSmtp']['peers']
type Peer = Peers[string]

/** What a client has shown. */
export interface Shown {
  /** The Authorization field. */
  readonly authorization: string | undefined
  /** The certificate of its TLS connection, DER; node:tls has seen that the client holds its key. */
  readonly certificate: Buffer | undefined
}

/** Shorter ones can be guessed. */
const minTokenCharacters = 32

/**
 * The name of the peer; undefined for a stranger.
 *
 * @throws Error for a file that cannot be read, or a token that is too short
 */
export async function peerOf(shown: Shown, peers: Peers): Promise<string | undefined> {
  for (const [name, peer] of Object.entries(peers)) if (await isPeer(shown, peer)) return name
  return undefined
}

/** The files are read each time: they are replaced while the relay runs. */
async function isPeer(shown: Shown, { tokenFile, certificateFile }: Peer): Promise<boolean> {
  if (tokenFile !== undefined && !sameSecret(tokenIn(shown), await readToken(tokenFile))) return false
  if (certificateFile === undefined) return true
  const expected = new X509Certificate(await readFile(certificateFile))
  return shown.certificate?.equals(expected.raw) === true
}

async function readToken(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8')).trim()
  if (token.length >= minTokenCharacters) return token
  throw new Error(`${file} holds a token of fewer than ${minTokenCharacters} characters`)
}

function tokenIn({ authorization = '' }: Shown): string {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
}

function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(hashOf(a), hashOf(b))
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
