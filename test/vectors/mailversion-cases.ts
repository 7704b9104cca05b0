/** The cases of test/vectors/mailversion, each made by playing it. */

import type { Case, ZoneFile } from '../../src/dkim2/cases.ts'
import type { Message } from '../../src/message/message.ts'
import {
  alias,
  list,
  message,
  origin,
  type Passage,
  pass,
  passForged,
  passRevised,
  plain,
  replaceField,
  startSeconds,
  tamper,
  threeHops,
  twoHops,
  withField,
} from '../support/dkim2-parties.ts'
import { ends, passes, playScenes, type Scenes } from './play.ts'

const multipart = `From: Sender <a@origin.example>
To: team@list.example
Subject: =?utf-8?B?44OG44K544OI?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

44GT44KT44Gr44Gh44Gv
--inner
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable

<p>caf=C3=A9 =
and more</p>
--inner--
--outer
Content-Type: message/rfc822

Subject: attached

text

--outer--
`

const eightBit = `From: Sender <a@origin.example>
To: team@list.example
Subject: Grüße
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Schöne Grüße aus Köln
 
`

const dsn: Passage = { ...origin, from: '' }
const utf8Origin: Passage = { ...origin, from: 'bücher@origin.example', to: ['jürgen@list.example'] }

const scenes: Scenes = {
  'one-hop-ed25519': () => passes(pass(message(plain), origin), origin, 'one hop, Ed25519'),
  'one-hop-rsa': () =>
    passes(pass(message(plain), { ...origin, selectors: ['rsa'] }), origin, 'one hop, RSA'),
  'two-signature-sets': () =>
    passes(pass(message(plain), { ...origin, selectors: ['ed', 'rsa'] }), origin, 'a second set, s2 to b2'),
  'empty-body': () => passes(pass(message('From: a@origin.example\n\n'), origin), origin, 'the empty body'),
  'header-only': () =>
    passes(pass(message('From: a@origin.example\n'), origin), origin, 'no empty line either'),
  'blank-lines-at-end': () =>
    passes(pass(message(`${plain}\n \n\t\n`), origin), origin, 'lines of white space at the end'),
  'null-reverse-path': () => passes(pass(message(plain), dsn), dsn, 'mf is absent'),
  'utf8-addresses': () => passes(pass(message(plain), utf8Origin), utf8Origin, 'RFC 6531 addresses'),
  'eight-bit-list': () =>
    passes(
      passRevisedAfterOrigin(eightBit, m => replaceField(m, 'Subject', 'ASCII')),
      list,
      'a value that is not ASCII goes through b:',
    ),
  'multipart-parts': () => passes(pass(message(multipart), origin), origin, 'bin. of nested parts'),
  'list-two-hops': () => passes(twoHops(), list, 'subject tag, added fields and a footer'),
  'alias-three-hops': () => passes(threeHops(), alias, 'the third hop changed nothing'),
  'alias-without-version': async () =>
    passes(pass(await twoHops(), { ...alias, alwaysVersion: false }), alias, 'mv is that of the hop before'),
  'first-hop-recipe': () =>
    passes(
      passRevised(message(plain), m => replaceField(m, 'Subject', 'cleaned up'), origin),
      origin,
      'v=1 carries recipes back to what the first hop received',
    ),
  'body-was-empty': () =>
    passes(
      passRevisedAfterOrigin('From: a@origin.example\n\n', m => ({ ...m, body: Buffer.from('footer\r\n') })),
      list,
      'b= with no step',
    ),
  'dsn-forwarded': async () =>
    passes(
      pass(await pass(message(plain), dsn), { ...list, from: '' }),
      { ...list, from: '' },
      'mf null on both hops',
    ),
  'bounce-subdomain': async () => {
    const passage = { ...list, from: 'b@bounces.list.example' }
    return passes(
      pass(await pass(message(plain), origin), passage),
      passage,
      'relaxed match of mf with rt and d',
    )
  },
  unrecoverable: async () =>
    passes(
      pass(
        { ...(await pass(message(plain), origin)), body: Buffer.from('replaced\r\n') },
        {
          ...list,
          recipe: { headers: [], body: 'unrecoverable' },
        },
      ),
      list,
      'z: the list answers for the message',
    ),
  'body-changed': async () =>
    ends(
      tamper(await threeHops(), 'Bye', 'bye'),
      alias,
      'fail',
      'an octet of the body changed after the last hop',
    ),
  'field-added': async () =>
    ends(withField(await threeHops(), 'Reply-To', '<x@evil.example>'), alias, 'fail', 'a signed field added'),
  'unsigned-field-added': async () =>
    ends(withField(await threeHops(), 'X-Spam', 'no'), alias, 'pass', 'an unsigned field added'),
  'part-hash-wrong': async () =>
    ends(await partHashWrong(), origin, 'fail', 'the signature holds, a bin. tag does not match its part'),
  'asked-not-to-modify': async () => {
    const first = await pass(message(plain), { ...origin, flags: ['donotmodify'] })
    return ends(
      await passRevised(first, m => replaceField(m, 'Subject', 'x'), list),
      list,
      'fail',
      'donotmodify',
    )
  },
  'asked-not-to-explode': async () => {
    const first = await pass(message(plain), { ...origin, flags: ['donotexplode'] })
    return ends(await pass(first, { ...list, flags: ['exploded'] }), list, 'fail', 'donotexplode')
  },
  'mail-from-differs': async () =>
    ends(await threeHops(), { ...alias, from: 'other@alias.example' }, 'permerror', 'MAIL FROM is not mf'),
  'recipient-differs': async () =>
    ends(
      await threeHops(),
      { ...alias, to: ['other@destination.example'] },
      'permerror',
      'RCPT TO is not in rt',
    ),
  'too-old': async () => ({
    ...(await ends(await threeHops(), alias, 'permerror', 'a second over 14 days')),
    now: startSeconds + 14 * 86_400 + 1,
  }),
  'just-in-time': async () => ({
    ...(await ends(await threeHops(), alias, 'pass', '14 days to the second')),
    now: startSeconds + 14 * 86_400,
  }),
  'from-the-future': async () => ({
    ...(await ends(await threeHops(), alias, 'permerror', 'more than a day ahead')),
    now: startSeconds - 86_401,
  }),
  'key-absent': async () =>
    ends(
      tamper(await pass(message(plain), origin), 's1=ed', 's1=no'),
      origin,
      'permerror',
      'no such selector',
    ),
  'key-revoked': async () =>
    ends(
      tamper(await pass(message(plain), origin), 's1=ed', 's1=revoked'),
      origin,
      'permerror',
      'p= is empty',
    ),
  'key-twice': async () =>
    ends(tamper(await pass(message(plain), origin), 's1=ed', 's1=twice'), origin, 'permerror', 'two records'),
  'key-of-other-kind': async () =>
    ends(tamper(await pass(message(plain), origin), 's1=ed', 's1=rsa'), origin, 'permerror', 'a1 is not k'),
  'mixed-profiles': async () =>
    ends(
      withField(await threeHops(), 'Message-Instance', 'm=1; h=sha256:AA==:AA==;'),
      alias,
      'permerror',
      'mixed',
    ),
  'no-dkim2': async () => ends(message(plain), origin, 'none', 'no DKIM2 field'),
}

/** Plays all scenes; `write` gets the message of each. */
export function makeCases(
  write: (file: string, octets: Buffer) => void,
): Promise<{ cases: Case[]; dns: ZoneFile }> {
  return playScenes(scenes, write)
}

async function passRevisedAfterOrigin(text: string, edit: (m: Message) => Message): Promise<Message> {
  return passRevised(await pass(message(text), origin), edit, list)
}

/** A version with the hash of another part, signed as if it were right. */
function partHashWrong(): Promise<Message> {
  return passForged(message(plain), origin, text => text.replace(/bin\.1=[^;]*/, `bin.1=${'A'.repeat(43)}=`))
}
