/** What this project uses of mailsplit, which carries no types of its own. */
declare module 'mailsplit' {
  import { Transform } from 'node:stream'

  export interface MimeNode {
    readonly type: 'node'
    /** 'TEXT' for the root, else the numbers from the root down. */
    readonly partNr: readonly (string | number)[] | false
    readonly contentType: string | false
    readonly encoding: string | false
    /** The subtype of a multipart, or false. */
    readonly multipart: string | false
  }

  export interface MimeChunk {
    readonly type: 'body' | 'data'
    readonly node: MimeNode
    /** A view of the octets that were written. */
    readonly value: Buffer
  }

  export class Splitter extends Transform {
    constructor(options?: { ignoreEmbedded?: boolean; maxHeadSize?: number; maxChildNodes?: number })
  }
}
