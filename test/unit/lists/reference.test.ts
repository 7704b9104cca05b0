import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allSettings, settingsTable } from '../../../src/config/reference.ts'
import { listSettingsSchema } from '../../../src/lists/settings.ts'

test('every setting of a list says what it means', () => {
  const silent = allSettings(listSettingsSchema).filter(setting => setting.description.length < 10)
  expect(silent.map(setting => setting.path)).toEqual([])
})

// After a change of a description: npx vitest run test/unit/lists/reference.test.ts --update
test('docs/list-settings.md is made from the descriptions', async () => {
  const introduction = `# Settings of a list

What \`lists set LIST name=value\` changes; [commands.md](commands.md#lists) tells how values are written. A dot leads into a
setting: \`footer.text=...\`. This page is made from the descriptions in \`src/lists/settings.ts\`, and a test keeps the two
together.
`
  const text = `${introduction}\n${settingsTable(allSettings(listSettingsSchema))}`
  await expect(text).toMatchFileSnapshot('../../../docs/list-settings.md')
  expect(readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8')).toContain(
    '(list-settings.md)',
  )
})
