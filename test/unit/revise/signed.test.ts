/** What a list makes of a message, on the wire: signed by its author, revised and signed by the list, verified and undone. */
import { describe, expect, test } from 'vitest'
import {
  addHop,
  applyRecipe,
  MessageVersion,
  type ProfileId,
  prepareHop,
  profiles,
  signHop,
  undo,
  verdictText,
  verifyChain,
} from '../../../src/dkim2/index.ts'
import { fieldValue, lowerAscii, type Message, readMessage } from '../../../src/message/message.ts'
import { isRevised, type Revision, revise } from '../../../src/revise/revision.ts'
import {
  laterSeconds,
  list,
  lookup,
  origin,
  type Passage,
  signer,
  startSeconds,
} from '../../support/dkim2-parties.ts'
import { shapes } from '../../vectors/revise/shapes.ts'
import { everything, received, values } from './support.ts'

/** One pass over the wire, with the recipe of a revision where there is one. */
async function pass(
  message: Message,
  profile: ProfileId,
  passage: Passage,
  revision?: Revision,
  before?: Message,
): Promise<Message> {
  const hop = await prepareHop(message, {
    profile,
    alwaysVersion: true,
    ...(revision && isRevised(revision)
      ? { recipe: revision.recipe, addedFields: revision.addedFields }
      : {}),
    ...(before ? { received: before } : {}),
  })
  const signed = await signHop(hop, {
    domain: passage.domain,
    reversePath: passage.from,
    forwardPaths: passage.to,
    timestampSeconds: startSeconds,
    signers: [signer(passage.domain)],
  })
  return received(addHop(message, signed))
}

async function verdict(message: Message, passage: Passage): Promise<string> {
  const found = await verifyChain(message, {
    lookup,
    nowSeconds: laterSeconds,
    envelope: { reversePath: passage.from, forwardPaths: passage.to },
  })
  return verdictText(found)
}

function hashes(of: Message): string[] {
  const version = new MessageVersion(0, of)
  return [
    version.headerForm.toString('latin1'),
    version.bodyHash('relaxed', 'sha256').toString('hex'),
    version.bodyHash('simple', 'sha256').toString('hex'),
  ]
}

/** Octets of the recipe in the version field that the list has written. */
function recipeOctets(of: Message): number {
  const versions = values(of, 'MailVersion').find(text => /(?:^|;)\s*v=2;/.test(text))
  if (versions !== undefined) {
    const tags = versions.split(';').map(tag => tag.trim())
    return tags.filter(tag => /^(?:b|h\.[^=]*)=/i.test(tag)).join('; ').length
  }
  const instance = values(of, 'Message-Instance').find(text => /(?:^|;)\s*m=2;/.test(text))
  const recipe = /(?:^|;)\s*r=([^;]*)/.exec(instance ?? '')?.[1] ?? ''
  return recipe.replace(/\s/g, '').length
}

describe.each([...profiles.keys()])('profile %s', profile => {
  test.each(shapes)('$name', async ({ octets }) => {
    const post = await pass(readMessage(octets), profile, origin)
    expect(await verdict(post, origin)).toMatch(/^PASS/i)

    const revision = revise(post, everything)
    const copy = await pass(revision.message, profile, list, revision, post)
    expect(await verdict(copy, list)).toMatch(/^PASS/i)

    const undone = undo(copy, 1)
    expect(undone.kind).toBe('undone')
    if (undone.kind !== 'undone') return
    expect(hashes(undone.message)).toEqual(hashes(post))
    expect(await verdict(undone.message, origin)).toMatch(/^PASS/i)
    expect(undone.message.body.equals(post.body)).toBe(true)
    expect(recipeOctets(copy)).toBeLessThan(1024)
    expect(recipeOctets(copy)).toBeGreaterThan(50)
  })

  test('a message without DKIM2 gets a first version that leads back to what came in', async () => {
    const before = readMessage(Buffer.from('From: jane@origin.example\r\nSubject: x\r\n\r\nHello\r\n'))
    const revision = revise(before, everything)
    const copy = await pass(revision.message, profile, { ...list, domain: 'list.example' }, revision, before)
    expect(await verdict(copy, list)).toMatch(/^PASS/i)
    const undone = undo(copy, 0)
    expect(undone.kind === 'undone' && hashes(undone.message)).toEqual(hashes(before))
  })

  test('copies that differ in their unsubscribe link share the body and the revision of it', async () => {
    const post = await pass(
      readMessage(Buffer.from('From: jane@origin.example\r\nSubject: x\r\n\r\nHello\r\n')),
      profile,
      origin,
    )
    const shared = revise(post, everything)
    const { listFields } = await import('../../../src/revise/list-fields.ts')
    for (const token of ['one', 'two']) {
      const own = listFields({
        id: 'team.list.example',
        unsubscribe: [`https://list.example/${token}`],
        oneClick: true,
      })
      const revision = revise(post, [() => shared, own])
      expect(revision.message.body).toBe(shared.message.body)
      const copy = await pass(revision.message, profile, list, revision, post)
      expect(await verdict(copy, list)).toMatch(/^PASS/i)
      expect(values(copy, 'List-Unsubscribe')).toEqual([`<https://list.example/${token}>`])
      const undone = undo(copy, 1)
      expect(undone.kind === 'undone' && hashes(undone.message)).toEqual(hashes(post))
    }
  })
})

test('what a recipe restores is spelled as it was', () => {
  const before = readMessage(Buffer.from('SUBJECT: x\r\nFrom: a@b.example\r\n\r\nHello\r\n'))
  const revision = revise(before, everything)
  const undone = applyRecipe(received(revision.message), revision.recipe)
  expect(undone?.fields.map(field => `${field.name}: ${fieldValue(field)}`).sort()).toEqual([
    'From: a@b.example',
    'SUBJECT: x',
  ])
  expect(undone?.fields.map(field => lowerAscii(field.name)).sort()).toEqual(['from', 'subject'])
})
