/** The files that the settings of Batch SMTP name, from the folder of the configuration. */
import { resolve } from 'node:path'
import type { RelayConfig } from './schema.ts'

type BatchSmtp = RelayConfig['batchSmtp']

interface GatewayFiles {
  readonly tokenFile?: string
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string }
}

/** Resolves what a gateway is shown. */
export function resolveGatewayFiles<T extends GatewayFiles>(gateway: T, folder: string): T {
  const { tokenFile, clientCertificate } = gateway
  return {
    ...gateway,
    ...(tokenFile !== undefined && { tokenFile: resolve(folder, tokenFile) }),
    ...(clientCertificate !== undefined && {
      clientCertificate: {
        certificateFile: resolve(folder, clientCertificate.certificateFile),
        keyFile: resolve(folder, clientCertificate.keyFile),
      },
    }),
  }
}

/** Resolves what peers show, and what gateways are shown that are found by URI records. */
export function resolveBatchFiles(batchSmtp: BatchSmtp, folder: string): BatchSmtp {
  const peers = Object.entries(batchSmtp.peers).map(([name, { tokenFile, certificateFile }]) => [
    name,
    {
      ...(tokenFile !== undefined && { tokenFile: resolve(folder, tokenFile) }),
      ...(certificateFile !== undefined && { certificateFile: resolve(folder, certificateFile) }),
    },
  ])
  return {
    ...batchSmtp,
    peers: Object.fromEntries(peers) as BatchSmtp['peers'],
    found: resolveGatewayFiles(batchSmtp.found, folder),
  }
}
