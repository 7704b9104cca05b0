import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type DaneVerdict, daneVerdict } from '../../../src/deliver/dane.ts'
import type { TlsaRecord } from '../../../src/dns/resolver.ts'
import { Issued } from '../../support/authority.ts'
import { tlsaOf } from '../../support/tlsa.ts'

const now = Date.now()
const day = 86_400_000
const names = ['mx.destination.example']

const root = Issued.root()
const middle = root.issue({ title: 'Test middle', authority: 0 })
const leaf = middle.issue({ names })
const chain = [leaf, middle, root]

function verdict(records: readonly TlsaRecord[], shown: readonly Issued[] = chain): DaneVerdict {
  const policy = {
    kind: 'dane',
    name: '_25._tcp.mx.destination.example',
    baseDomain: 'mx.destination.example',
    certificateNames: ['mx.destination.example', 'destination.example'],
    records,
  } as const
  return daneVerdict(
    policy,
    shown.map(({ x509 }) => x509),
    now,
  )
}

const selectors = [0, 1]
const matchingTypes = [0, 1, 2]
const kinds = selectors.flatMap(selector => matchingTypes.map(matching => [selector, matching] as const))

describe('usage 3, the certificate itself (DANE-EE)', () => {
  test.each(kinds)('3 %d %d matches the certificate of the server', (selector, matching) => {
    const record = tlsaOf(leaf.x509, 3, selector, matching)
    expect(verdict([record])).toEqual({ kind: 'match', record })
  })

  test.each(kinds)('3 %d %d of another certificate does not', (selector, matching) => {
    const other = tlsaOf(middle.issue({ names }).x509, 3, selector, matching)
    expect(verdict([other])).toMatchObject({ kind: 'mismatch', problem: 'validation-failure' })
  })

  test('one of several records is enough', () => {
    const record = tlsaOf(leaf.x509, 3, 1, 1)
    expect(verdict([tlsaOf(root.x509, 3, 1, 1), record])).toEqual({ kind: 'match', record })
  })

  test('neither name nor dates count (RFC 7672 section 3.1.1)', () => {
    const old = root.issue({ names: ['other.example'], validFrom: now - 9 * day, validTo: now - day })
    expect(verdict([tlsaOf(old.x509, 3, 1, 1)], [old]).kind).toBe('match')
  })

  test('is not about the certificates above', () => {
    expect(verdict([tlsaOf(middle.x509, 3, 1, 1)]).kind).toBe('mismatch')
  })
})

describe('usage 2, an authority above (DANE-TA)', () => {
  test.each(kinds)('2 %d %d matches the root or what stands between', (selector, matching) => {
    expect(verdict([tlsaOf(root.x509, 2, selector, matching)]).kind).toBe('match')
    expect(verdict([tlsaOf(middle.x509, 2, selector, matching)]).kind).toBe('match')
  })

  test.each(kinds)('2 %d %d of another authority does not', (selector, matching) => {
    expect(verdict([tlsaOf(Issued.root().x509, 2, selector, matching)]).kind).toBe('mismatch')
  })

  test.each(selectors)('an anchor that the record holds whole need not be shown (2 %d 0)', selector => {
    expect(verdict([tlsaOf(root.x509, 2, selector, 0)], [leaf, middle]).kind).toBe('match')
    expect(verdict([tlsaOf(Issued.root().x509, 2, selector, 0)], [leaf, middle]).kind).toBe('mismatch')
  })

  test('an anchor that is shown but has not signed does not count', () => {
    const stranger = Issued.root().issue({ names })
    expect(verdict([tlsaOf(root.x509, 2, 1, 1)], [stranger, root])).toMatchObject({
      problem: 'certificate-not-trusted',
    })
  })

  test('a forged chain with the same names does not pass for the anchor', () => {
    const forgedMiddle = Issued.root({ title: 'Test root' }).issue({ title: 'Test middle', authority: 0 })
    expect(
      verdict([tlsaOf(root.x509, 2, 0, 1)], [forgedMiddle.issue({ names }), forgedMiddle, root]),
    ).toMatchObject({
      problem: 'certificate-not-trusted',
    })
  })

  test('the certificate must be for the host or the destination', () => {
    const anchor = tlsaOf(root.x509, 2, 1, 1)
    for (const name of ['mx.destination.example', 'destination.example', '*.destination.example']) {
      expect(verdict([anchor], [root.issue({ names: [name] }), root]).kind).toBe('match')
    }
    for (const name of ['other.example', 'a.mx.destination.example', 'm*.destination.example']) {
      expect(verdict([anchor], [root.issue({ names: [name] }), root])).toMatchObject({
        problem: 'certificate-host-mismatch',
      })
    }
  })

  test('every certificate on the way must be valid now', () => {
    const past = { validFrom: now - 9 * day, validTo: now - day }
    const anchor = tlsaOf(root.x509, 2, 1, 1)
    const oldMiddle = root.issue({ title: 'Old middle', authority: true, ...past })
    const future = { validFrom: now + day, validTo: now + 2 * day }
    for (const shown of [
      [root.issue({ names, ...past }), root],
      [root.issue({ names, ...future }), root],
      [oldMiddle.issue({ names }), oldMiddle, root],
    ]) {
      expect(verdict([anchor], shown)).toMatchObject({ problem: 'certificate-expired' })
    }
  })

  test('only an authority signs, and for no more others than it may', () => {
    const anchor = tlsaOf(root.x509, 2, 1, 1)
    const notAuthority = root.issue({ names: ['evil.example'] })
    const below = middle.issue({ title: 'Below', authority: true })
    for (const shown of [
      [notAuthority.issue({ names }), notAuthority, root],
      [below.issue({ names }), below, middle, root],
    ]) {
      expect(verdict([anchor], shown)).toMatchObject({ problem: 'certificate-not-trusted' })
    }
  })

  test('a critical extension that is not known is not passed over (RFC 5280 section 4.2)', () => {
    // Name constraints, which could forbid the very name.
    const limited = root.issue({ title: 'Limited', authority: true, criticalExtension: '551d1e' })
    expect(verdict([tlsaOf(root.x509, 2, 1, 1)], [limited.issue({ names }), limited, root])).toMatchObject({
      problem: 'certificate-not-trusted',
    })
  })

  test('the certificate of the server itself is no anchor', () => {
    const own = Issued.root({ names })
    expect(verdict([tlsaOf(own.x509, 2, 1, 1)], [own]).kind).toBe('mismatch')
  })
})

test('the record of one usage makes up for the failure of the other', () => {
  const old = root.issue({ names, validFrom: now - 9 * day, validTo: now - day })
  expect(verdict([tlsaOf(root.x509, 2, 1, 1), tlsaOf(old.x509, 3, 1, 1)], [old, root]).kind).toBe('match')
})

test('the public key is taken from the certificate as it is encoded there', () => {
  const digest = createHash('sha256')
    .update(leaf.x509.publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
  expect(tlsaOf(leaf.x509, 3, 1, 1).association).toEqual(digest)
})

test('no certificate is a mismatch', () => {
  expect(verdict([tlsaOf(leaf.x509, 3, 1, 1)], [])).toMatchObject({ problem: 'validation-failure' })
})
