import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isCertificateFor, nameError } from '../../../src/tls/certificate-name.ts'
import { Issued, type IssuedSubject } from '../../support/authority.ts'
import { testCertificate } from '../../support/certificates.ts'

const root = Issued.root()
const isFor = (subject: IssuedSubject, name: string) => isCertificateFor(root.issue(subject).x509, name)

describe('a certificate is for a name (RFC 9525 section 6.3)', () => {
  test.each<[string, IssuedSubject, string]>([
    ['that is a DNS name of it', { names: ['mx.host.example'] }, 'mx.host.example'],
    ['whatever the case', { names: ['MX.Host.example'] }, 'mx.host.example'],
    ['that is the second one', { names: ['a.example', 'mx.host.example'] }, 'mx.host.example'],
    ['whose leftmost label is a wildcard', { names: ['*.host.example'] }, 'mx.host.example'],
    ['in A-labels', { names: ['*.xn--bcher-kva.example'] }, 'xn--mller-kva.xn--bcher-kva.example'],
  ])('%s', (_what, subject, name) => expect(isFor(subject, name)).toBe(true))
})

describe('a certificate is not for a name', () => {
  test.each<[string, IssuedSubject, string]>([
    ['that is its common name', { title: 'mx.host.example' }, 'mx.host.example'],
    ['that a wildcard in its common name would cover', { title: '*.host.example' }, 'mx.host.example'],
    [
      'of its common name beside a mail address',
      { title: 'mx.host.example', mailAddress: 'a@host.example' },
      'mx.host.example',
    ],
    ['of the domain of a mail address', { title: 'x', mailAddress: 'a@host.example' }, 'host.example'],
    [
      'of its common name beside another one',
      { title: 'mx.host.example', names: ['b.example'] },
      'mx.host.example',
    ],
    ['at the end of a partial wildcard', { names: ['m*.host.example'] }, 'mx.host.example'],
    ['at the beginning of a partial wildcard', { names: ['*x.host.example'] }, 'mx.host.example'],
    ['around a partial wildcard', { names: ['m*x.host.example'] }, 'mailx.host.example'],
    ['inside of A-labels', { names: ['xn--*.host.example'] }, 'xn--bcher-kva.host.example'],
    ['two labels below a wildcard', { names: ['*.host.example'] }, 'a.mx.host.example'],
    ['that the wildcard stands above', { names: ['*.host.example'] }, 'host.example'],
    ['with a wildcard within', { names: ['mx.*.example'] }, 'mx.host.example'],
    ['that is all names below another', { names: ['mx.host.example'] }, '.host.example'],
    ['that is none', { names: ['mx.host.example'] }, ''],
    ['that is an address in a DNS name', { names: ['192.0.2.1'] }, '192.0.2.1'],
    ['that is an address in the common name', { title: '192.0.2.1' }, '192.0.2.1'],
  ])('%s', (_what, subject, name) => expect(isFor(subject, name)).toBe(false))
})

test('an address is an address in subjectAltName', () => {
  const certificate = new X509Certificate(testCertificate().cert)
  expect(['127.0.0.1', '::1', '127.0.0.2'].map(address => isCertificateFor(certificate, address))).toEqual([
    true,
    true,
    false,
  ])
})

test('the error names what was wanted and what was shown, with the code that reports are made of', () => {
  const { x509 } = root.issue({ names: ['b.example'] })
  expect(nameError(x509, ['a.example', 'b.example'])).toBeUndefined()
  expect(nameError(x509, ['a.example', 'c.example'])).toMatchObject({
    message: 'the certificate is not for a.example or c.example, it is for DNS:b.example',
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
})
