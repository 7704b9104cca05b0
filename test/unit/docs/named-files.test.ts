import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const documents = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...globSync('docs/**/*.md')]

test.each(documents)('every document that %s names is there', document => {
  const named = readFileSync(document, 'utf8').match(/\bdocs\/[\w/-]+\.\w+/g) ?? []
  expect(named.filter(file => !existsSync(file))).toEqual([])
})
