/** Rules that the text at hand leaves open: what the peers were seen to do, and what this project does. */

export const openQuestions: readonly (readonly [question: string, peers: string, we: string])[] = [
  [
    'Which result wins between groups of `s` or `h` that failed differently?',
    'mail-auth: TEMPERROR as long as an alternative could still pass, then FAIL, then PERMERROR; within a group the first member that does not pass',
    'as the peer between groups',
  ],
  [
    'Are tag names matched with regard to case?',
    'mail-auth: yes since revision 07; `D=` is an unknown tag',
    'as the peer since 07; without regard to case under 06',
  ],
  ['How many signatures in one field?', 'mail-auth: eight', 'eight'],
  [
    '`nd` on the highest hop',
    'mail-auth: FAIL, `tag=nd was unexpected`; `nd` beside `mf` or `rt`: PERMERROR',
    'as the peer',
  ],
  [
    'Custody where `mf` is null',
    'mail-auth: an `rt` domain of the hop before must be `d` or lie below it',
    'as the peer',
  ],
  [
    'A `From` whose display name alone a hop changed',
    'mail-auth: that hop answers for it with its own `d`',
    'as the peer',
  ],
  [
    'Several addresses, a group or a comment inside the address of `From`',
    'mail-auth: not authentic',
    'as the peer',
  ],
  ['`exploded` on i=1', 'mail-auth: its signer refuses, its verifier does not mind', 'never written'],
  ['A `t` lower than that of the hop before', 'mail-auth: does not mind', 'as the peer'],
  ['A version without a recipe whose content did not change', 'mail-auth: passes', 'as the peer'],
  [
    'Lines of a body with a bare CR or LF',
    'mail-auth: its hash is not that of the octets',
    'refused at the SMTP border',
  ],
  ['Form feed in a header value', 'mail-auth: takes it for white space', 'only SP and TAB are white space'],
  [
    'Domains in UTF-8 in `mf` and `rt`',
    'mail-auth: writes A-labels (section 18 of 08), takes U-labels and A-labels for equal',
    'takes them for equal; writes what the envelope has',
  ],
  ['`<>` in `rt`', 'mail-auth: passes', 'a syntax error: mail is never sent to the null path'],
  [
    'A quoted local part, or a comma at the end, in `From`',
    'mail-auth: `"ada"@origin.example` is not authentic, `ada@origin.example,` is',
    'the other way round, by RFC 5322 section 3.4',
  ],
  ['`"b": null` in the first version', 'mail-auth (08): passes', 'PERMERROR, as everywhere under 09'],
]

/** How the peers judge 35 messages of revision 04 that circulate among implementers; `--cases` runs such a folder. */
export const foreignOutcome: readonly (readonly [
  peer: string,
  message: string,
  expected: string,
  says: string,
  why: string,
])[] = [
  [
    'mail-auth',
    '8 interop messages of March 2026',
    'pass (leniently)',
    'permerror',
    'mf and rt lack their angle brackets',
  ],
  [
    'mail-auth',
    'algorithm_with_future',
    'pass',
    'permerror',
    'an unknown algorithm joined with `,` is an error since 08',
  ],
  ['mail-auth', 'tags_mixed_case', 'pass', 'permerror', 'tag names have one case since 07'],
  [
    'mail-auth',
    'd2_duplicate_d_tag, _i_tag, _n_tag',
    'permerror',
    'pass',
    'the second tag is in upper case: unknown since 07',
  ],
  [
    'mail-auth',
    'd2_duplicate_s_tag',
    'permerror',
    'fail',
    'as before, and the unknown tag is part of the signing input',
  ],
]
