/** Targets that read what a list changes, and what a report may tell. */

import assert from 'node:assert/strict'
import { cleanDiagnostic } from '../../src/bounce/clean-diagnostic.ts'
import { namesIn } from '../../src/bounce/names.ts'
import type { Privacy } from '../../src/bounce/told-names.ts'
import { proveRevision } from '../../src/revise/prove.ts'
import { isRevised, revise } from '../../src/revise/revision.ts'
import { everything } from '../unit/revise/support.ts'
import type { Target } from './target.ts'
import { asSent, vector } from './targets-message.ts'
import { dictionary, words } from './words.ts'

const revision: Target = {
  name: 'revision',
  seeds: [
    vector('mailversion', 'no-dkim2'),
    vector('mailversion', 'multipart-parts'),
    Buffer.from(
      'From: "A \\"b\\"" <a@origin.example>, =?utf-8?q?=C3=A9?= (c) <c@origin.example>\r\nSubject: Re: [team] =?utf-8?b?w6k=?=\r\n\r\nx\r\n',
    ),
    Buffer.from(
      'From: a@b.example\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><body>=C3=A9=\r\n</body></html>\r\n',
    ),
    Buffer.from(
      'From: a@b.example\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\naGVsbG8=\r\n',
    ),
  ],
  words: dictionary(words.mime, [
    '</body>',
    '<!--',
    'Re: [team] ',
    '=?utf-8?b?',
    '?=',
    '=\r\n',
    'iso-2022-jp',
    'format=flowed',
  ]),
  run(octets) {
    const message = asSent(octets)
    const revised = revise(message, everything)
    const proof = proveRevision(message, revised)
    if (proof.kind === 'proved')
      return `proved ${isRevised(revised)} ${revised.recipe.headers.map(({ name }) => name)}`
    assert.ok(!proof.reason.startsWith('the recipe does not'), proof.reason)
    return proof.reason.replace(/\d+/g, '#')
  },
}

const privacy: Privacy = {
  hidden: ['box@secret.example', 'mx.secret.example'],
  hiddenDomains: ['secret.example'],
  ownDomains: ['alias.example'],
  nameable: ['a@origin.example', 'alias.example'],
}

/** Replies are cut to this before they are cleaned. */
const maxDiagnosticCharacters = 2_000

const names: Target = {
  name: 'names',
  seeds: [
    Buffer.from(
      '550 5.1.1 <box@secret.example>: unknown at mx.secret.example[192.0.2.7], see [IPv6:2001:db8::1].',
    ),
    Buffer.from("Jörg's e.g. 5.1.1 mail... (alias.example) käse.example: 10.0.0.1:25"),
  ],
  words: dictionary(words.smtp, ['::', '...', ':', 'IPv6:', 'secret', '@secret.example', '\u00ad', 'ﬁ']),
  run(octets) {
    const text = octets.toString()
    const found = [...namesIn(text)]
    for (const name of found) assert.ok(text.includes(name.text), 'a name that is not in the text')
    const clean = cleanDiagnostic(text.slice(0, maxDiagnosticCharacters), privacy) ?? ''
    assert.ok(clean.length <= 200 && /^[\x20-\x7e]*$/.test(clean), 'not a short line of ASCII')
    assert.ok(!/secret/i.test(clean), 'a secret is told')
    return `${found.map(({ kind }) => kind).slice(0, 5)} ${clean.split(' ').length}`
  },
}

export const listTargets: readonly Target[] = [revision, names]
