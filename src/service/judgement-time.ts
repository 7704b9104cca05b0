/** How long the judgement of one message may take, and for whom. */

/**
 * Runs a judgement with a signal that ends what it waits for: its time is over, or the client that waits for the reply has gone. The
 * judgement itself then ends with what it knows.
 *
 * @param gone aborted when the client has gone
 */
export async function withinTime<T>(
  milliseconds: number,
  gone: AbortSignal,
  judge: (ends: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, milliseconds)
  gone.addEventListener('abort', end, { once: true })
  if (gone.aborted) end()
  try {
    return await judge(over.signal)
  } finally {
    clearTimeout(timer)
    gone.removeEventListener('abort', end)
  }
}
