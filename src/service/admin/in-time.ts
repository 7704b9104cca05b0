/** What a page waits for: name servers that do not answer make no page hang. */
import { adminLookUpMilliseconds } from '../../limits.ts'

/** The answer, or the words that there was none in time or why it failed. Never rejects. */
export async function inTime<T>(work: Promise<T>): Promise<T | { readonly problem: string }> {
  const timeIsUp = Promise.withResolvers<{ readonly problem: string }>()
  const timer = setTimeout(
    () => timeIsUp.resolve({ problem: 'DNS has not answered in time; please load the page again' }),
    adminLookUpMilliseconds,
  )
  try {
    return await Promise.race([work, timeIsUp.promise])
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}
