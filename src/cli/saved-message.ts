/**
 * Messages as other programs save them: with an mbox line in front, a byte order mark, as UTF-16, with line ends that mail does
 * not have. Each is undone, so that what was sent is read, and told in a remark.
 */

const lineFeed = 10
const carriageReturn = 13

export interface SavedMessage {
  /** As it was sent, with CRLF. */
  readonly octets: Buffer
  /** What was undone, in words; empty where the file is the message. */
  readonly remarks: readonly string[]
}

/** Pure. */
export function savedMessage(file: Buffer): SavedMessage {
  const remarks: string[] = []
  let octets = file
  for (const undo of [withoutUtf16, withoutByteOrderMark, withMailLineEnds, withoutMboxForm]) {
    const undone = undo(octets)
    octets = undone.octets
    remarks.push(...undone.remarks)
  }
  return { octets, remarks }
}

/** Known by its byte order mark, or by the NUL octets that ASCII has in it and no mail has. */
function withoutUtf16(octets: Buffer): SavedMessage {
  const start = octets.subarray(0, 4)
  const isLittle =
    (start[0] === 0xff && start[1] === 0xfe) || (start[1] === 0 && start[3] === 0 && start[0] !== 0)
  const isBig =
    (start[0] === 0xfe && start[1] === 0xff) || (start[0] === 0 && start[2] === 0 && start[1] !== 0)
  if (start.length < 4 || !(isLittle || isBig)) return { octets, remarks: [] }
  const name = isLittle ? 'UTF-16LE' : 'UTF-16BE'
  // The decoder drops a byte order mark.
  const text = new TextDecoder(name.toLowerCase()).decode(octets)
  return { octets: Buffer.from(text), remarks: [`is ${name}, as an editor saves it, and is read as UTF-8`] }
}

function withoutByteOrderMark(octets: Buffer): SavedMessage {
  const isThere = octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf
  return isThere
    ? { octets: octets.subarray(3), remarks: ['begins with a byte order mark (EF BB BF), which is left out'] }
    : { octets, remarks: [] }
}

function withMailLineEnds(octets: Buffer): SavedMessage {
  if (octets.includes(carriageReturn) && !octets.includes(lineFeed)) {
    const text = octets.toString('latin1').replaceAll('\r', '\r\n')
    return {
      octets: Buffer.from(text, 'latin1'),
      remarks: ['all line ends were CR alone and are read as CRLF'],
    }
  }
  const { octets: complete, changed, kept } = withCrlf(octets)
  if (changed === 0) return { octets, remarks: [] }
  const said = `${changed} line ends were LF alone and are read as CRLF, as mail has them`
  return {
    octets: complete,
    remarks: [kept === 0 ? said : `${said}; line ends are mixed, ${kept} were CRLF`],
  }
}

/** Puts a CR before every LF that has none; `kept` counts the line ends that had one. */
export function withCrlf(octets: Buffer): {
  readonly octets: Buffer
  readonly changed: number
  readonly kept: number
} {
  const pieces: Buffer[] = []
  let from = 0
  let kept = 0
  for (let at = octets.indexOf(lineFeed); at >= 0; at = octets.indexOf(lineFeed, at + 1)) {
    if (octets[at - 1] === carriageReturn) {
      kept++
      continue
    }
    pieces.push(octets.subarray(from, at))
    from = at
  }
  if (pieces.length === 0) return { octets, changed: 0, kept }
  pieces.push(octets.subarray(from))
  const joined = pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from('\r'), piece]))
  return { octets: Buffer.concat(joined), changed: pieces.length - 1, kept }
}

/** The line that begins a message in an mbox file (RFC 4155 appendix A): no header field has a space in its name. */
const mboxLine = /^From [^\r\n]*\r\n/
/** The beginning of the next message of the file: an empty line, and such a line with a time of day in it. */
const nextMessage = /\r\n\r\n(?=From [^\r\n]*\d\d?:\d\d[^\r\n]*\r\n)/
/** A line of text that would have looked like one. */
const quotedLine = /^>(?=>*From )/gm

/** @param octets with CRLF */
function withoutMboxForm(octets: Buffer): SavedMessage {
  if (!octets.subarray(0, 5).equals(Buffer.from('From '))) return { octets, remarks: [] }
  const text = octets.toString('latin1')
  const line = mboxLine.exec(text)?.[0]
  if (line === undefined) return { octets, remarks: [] }
  const remarks = ['begins with an mbox line ("From ..."), which is left out']
  let message = text.slice(line.length)
  const end = nextMessage.exec(message)
  if (end !== null) {
    message = message.slice(0, end.index + 4)
    remarks.push('holds several messages, of which the first is read')
  }
  // Each message of an mbox file ends with an empty line that is none of its own.
  if (/\r\n\r\n[\s\S]*\r\n\r\n$/.test(message)) {
    message = message.slice(0, -2)
    remarks.push('ends with the empty line of an mbox file, which is left out')
  }
  const unquoted = message.replace(quotedLine, '')
  if (unquoted !== message) {
    remarks.push('lines with ">From " are read without the ">", as mbox files write them')
  }
  return { octets: Buffer.from(unquoted, 'latin1'), remarks }
}
