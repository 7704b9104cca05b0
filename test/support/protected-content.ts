/** Messages that are signed or encrypted end to end, made and opened by the programs that people use: openssl and gpg. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fieldValue } from '../../src/message/header-field.ts'
import { readMessage } from '../../src/message/message.ts'

/** What is inside: text that any change would show in. */
export const secret = 'Meet me at noon. =20 \u00e9 trailing space \r\n.dot\r\n-- \r\nAnna\r\n'

export interface Protection {
  readonly name: string
  /** The Content fields and the content of a message. */
  protect(): Buffer
  /** The text inside; throws when the signature is wrong, or it cannot be decrypted. */
  open(entity: Buffer): string
}

/** The programs that are not here; the reason is printed. */
export const programsMissing = ['openssl', 'gpg'].filter(isMissing)

function isMissing(program: string): boolean {
  try {
    execFileSync(program, ['--version'.slice(program === 'openssl' ? 2 : 0)], { stdio: 'ignore' })
    return false
  } catch {
    console.warn(`tests with ${program} are skipped: it is not installed`)
    return true
  }
}

const inner = Buffer.from(
  `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${secret}`,
)

/** With keys of their own in a folder that `remove` takes away. */
export function protections(): { readonly all: readonly Protection[]; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'protected-'))
  const file = (name: string, octets?: Buffer) => {
    if (octets !== undefined) writeFileSync(join(folder, name), octets)
    return join(folder, name)
  }
  return {
    all: [...smimeOf(file), ...openPgpOf(file, folder)],
    remove() {
      execFileSync('gpgconf', ['--homedir', folder, '--kill', 'all'], { stdio: 'ignore' })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Files = (name: string, octets?: Buffer) => string

function run(program: string, args: readonly string[], input?: Buffer): Buffer {
  return execFileSync(program, [...args], { input: input ?? '', stdio: ['pipe', 'pipe', 'ignore'] })
}

function smimeOf(file: Files): Protection[] {
  const [key, cert] = [file('key.pem'), file('cert.pem')]
  const subject = ['-subj', '/CN=Anna', '-addext', 'subjectAltName=email:anna@origin.example']
  run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject])
  const entity = (octets: Buffer) =>
    file('in.eml', Buffer.concat([Buffer.from('MIME-Version: 1.0\r\n'), octets]))
  return [
    {
      name: 'signed with S/MIME',
      protect: () =>
        withoutVersion(
          run('openssl', [
            'cms',
            '-sign',
            '-binary',
            '-in',
            file('inner', inner),
            '-signer',
            cert,
            '-inkey',
            key,
          ]),
        ),
      open: octets =>
        contentOf(
          run('openssl', [
            'cms',
            '-verify',
            '-crlfeol',
            '-in',
            entity(octets),
            '-CAfile',
            cert,
            '-purpose',
            'any',
          ]),
        ),
    },
    {
      name: 'encrypted with S/MIME',
      protect: () =>
        withoutVersion(
          run('openssl', ['cms', '-encrypt', '-binary', '-aes-256-gcm', '-in', file('inner', inner), cert]),
        ),
      open: octets =>
        contentOf(run('openssl', ['cms', '-decrypt', '-in', entity(octets), '-recip', cert, '-inkey', key])),
    },
  ]
}

function openPgpOf(file: Files, home: string): Protection[] {
  const gpg = (args: readonly string[], input?: Buffer) =>
    run(
      'gpg',
      [
        '--homedir',
        home,
        '--batch',
        '--yes',
        '--trust-model',
        'always',
        '--passphrase',
        '',
        '--pinentry-mode',
        'loopback',
        ...args,
      ],
      input,
    )
  gpg(['--quick-generate-key', 'anna@origin.example', 'default', 'default', 'never'])
  return [
    {
      name: 'signed with OpenPGP',
      protect: () =>
        multipart('signed; protocol="application/pgp-signature"; micalg=pgp-sha256', [
          inner,
          part(
            'application/pgp-signature',
            gpg(['--digest-algo', 'sha256', '--armor', '--detach-sign'], inner),
          ),
        ]),
      open(entity) {
        const [signed = Buffer.alloc(0), signature = Buffer.alloc(0)] = partsOf(entity)
        gpg(['--verify', file('signature', bodyOf(signature)), file('signed', signed)])
        return contentOf(signed)
      },
    },
    {
      name: 'encrypted with OpenPGP',
      protect: () =>
        multipart('encrypted; protocol="application/pgp-encrypted"', [
          part('application/pgp-encrypted', Buffer.from('Version: 1\r\n')),
          part(
            'application/octet-stream',
            gpg(['--armor', '--encrypt', '--sign', '-r', 'anna@origin.example'], inner),
          ),
        ]),
      open: entity => contentOf(gpg(['--decrypt'], bodyOf(partsOf(entity)[1] ?? Buffer.alloc(0)))),
    },
  ]
}

function withCrlf(octets: Buffer): string {
  return octets.toString('latin1').replace(/\r?\n/g, '\r\n')
}

/** What openssl writes begins with a field that the message has anyway. */
function withoutVersion(octets: Buffer): Buffer {
  return Buffer.from(withCrlf(octets).replace(/^MIME-Version:.*\r\n/i, ''), 'latin1')
}

function part(type: string, content: Buffer): Buffer {
  return Buffer.from(`Content-Type: ${type}\r\n\r\n${withCrlf(content)}`, 'latin1')
}

function multipart(type: string, parts: readonly Buffer[]): Buffer {
  const boundary = 'protected-0123456789'
  return Buffer.concat([
    Buffer.from(`Content-Type: multipart/${type}; boundary="${boundary}"\r\n\r\n`),
    ...parts.flatMap(one => [Buffer.from(`--${boundary}\r\n`), one, Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--\r\n`),
  ])
}

function bodyOf(entity: Buffer): Buffer {
  return entity.subarray(entity.indexOf('\r\n\r\n') + 4)
}

function contentOf(entity: Buffer): string {
  return bodyOf(entity).toString('utf8')
}

/** The parts of a multipart, with their fields. */
export function partsOf(entity: Buffer): Buffer[] {
  const type = readMessage(entity).fields.find(field => field.name.toLowerCase() === 'content-type')
  const boundary = /boundary="?([^";\s]+)/.exec(type === undefined ? '' : fieldValue(type))?.[1] ?? ''
  const pieces = `\r\n${bodyOf(entity).toString('latin1')}`.split(`\r\n--${boundary}`)
  return pieces.slice(1, -1).map(piece => Buffer.from(piece.replace(/^\r\n/, ''), 'latin1'))
}

/** The Content fields of a message and what follows the header section. */
export function contentEntity(message: Buffer): Buffer {
  const { fields, body } = readMessage(message)
  const content = fields.filter(field => field.name.toLowerCase().startsWith('content-'))
  return Buffer.concat([...content.map(field => field.octets), Buffer.from('\r\n'), body])
}
