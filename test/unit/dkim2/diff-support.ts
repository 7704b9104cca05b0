/** The length of the longest common subsequence, by the table that the textbook has. */
export function longestCommon<Item>(a: readonly Item[], b: readonly Item[]): number {
  let row: number[] = new Array(b.length + 1).fill(0)
  for (const item of a) {
    const next = [0]
    for (const [index, other] of b.entries()) {
      const left = next[index] ?? 0
      const above = row[index + 1] ?? 0
      next.push(item === other ? (row[index] ?? 0) + 1 : Math.max(left, above))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
