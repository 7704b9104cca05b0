/** The fields of a POST, with a bound on its octets. What is wrong with it is the client's fault, and no error of ours. */

/**
 * Reads `application/x-www-form-urlencoded` and `multipart/form-data`.
 *
 * @returns undefined for a body that is missing, broken, cut off, or of another kind
 */
export async function readForm(
  request: Request,
  maxBytes: number,
): Promise<FormData | 'too-big' | undefined> {
  try {
    const octets = await readOctets(request, maxBytes)
    if (octets === 'too-big') return octets
    const contentType = request.headers.get('Content-Type') ?? ''
    return await new Response(octets, { headers: { 'Content-Type': contentType } }).formData()
  } catch {
    return undefined
  }
}

/** The body of a request, read no further than it may be. */
export async function readOctets(
  { body }: Pick<Request, 'body'>,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer> | 'too-big'> {
  const pieces: Uint8Array[] = []
  let size = 0
  if (body === null) return Buffer.alloc(0)
  for await (const piece of body) {
    size += piece.byteLength
    if (size > maxBytes) return 'too-big'
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
