/** Work of which only so much goes on at a time; the rest waits for its turn, first come first served. */
export function inTurn(limit: number): (work: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = []
  let running = 0
  return async work => {
    if (running === limit) await new Promise<void>(resolve => waiting.push(resolve))
    else running += 1
    try {
      await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
