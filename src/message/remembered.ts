/** What was made of an object, kept as long as the object itself. */

/** What is known of `key`, or what `make` gives now. */
export function remembered<K extends WeakKey, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}
