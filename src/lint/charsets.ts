/** Names of charsets: those that the IANA registry has and mail uses, and what people write instead. RFC 2978. */
import { isUtf8 } from 'node:buffer'

/** Lower case. The registry is not sensitive to case. */
const registered = new Set(
  `us-ascii ascii utf-8 utf-7 utf-16 utf-16be utf-16le utf-32 utf-32be utf-32le
  iso-8859-1 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i iso-8859-8-e
  iso-8859-6-i iso-8859-6-e iso-8859-9 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 iso_8859-1
  iso_8859-2 iso_8859-5 iso_8859-7 iso_8859-15 latin1 latin2 latin3 latin4 latin5 latin6 latin-9 l1 l2 cyrillic greek
  hebrew arabic windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256
  windows-1257 windows-1258 windows-874 windows-31j koi8-r koi8-u iso-ir-111 gb2312 gbk gb18030 hz-gb-2312 big5
  big5-hkscs cp936 ms936 shift_jis ms_kanji euc-jp iso-2022-jp iso-2022-jp-2 iso-2022-kr iso-2022-cn
  iso-2022-cn-ext euc-kr ks_c_5601-1987 ks_c_5601-1989 korean tis-620 viscii tcvn macintosh ibm437 cp437 ibm850
  cp850 ibm852 cp852 ibm855 cp855 ibm866 cp866 ibm00858 ibm037 ibm1047 ptcp154 tscii kz-1048 unknown-8bit
  cesu-8 scsu bocu-1 adobe-standard-encoding`.split(/\s+/),
)

/** What stands in mail in place of a registered name. */
const meant = new Map([
  ['utf8', 'utf-8'],
  ['utf_8', 'utf-8'],
  ['utf-8mb4', 'utf-8'],
  ['utf8mb4', 'utf-8'],
  ['unicode', 'utf-8'],
  ['x-unknown', 'utf-8'],
  ['unknown', 'utf-8'],
  ['default', 'utf-8'],
  ['ansi', 'windows-1252'],
  ['iso8859-1', 'iso-8859-1'],
  ['iso8859-15', 'iso-8859-15'],
  ['iso88591', 'iso-8859-1'],
  ['8859-1', 'iso-8859-1'],
  ['latin-1', 'iso-8859-1'],
  ['cp1250', 'windows-1250'],
  ['cp1251', 'windows-1251'],
  ['cp1252', 'windows-1252'],
  ['cp-1252', 'windows-1252'],
  ['win-1251', 'windows-1251'],
  ['win-1252', 'windows-1252'],
  ['windows1252', 'windows-1252'],
  ['x-sjis', 'shift_jis'],
  ['sjis', 'shift_jis'],
  ['shift-jis', 'shift_jis'],
  ['x-euc-jp', 'euc-jp'],
  ['x-gbk', 'gbk'],
  ['koi8r', 'koi8-r'],
  ['7bit', 'us-ascii'],
  ['8bit', 'utf-8'],
])

/** True for a registered name; `cs...` aliases are registered as such. */
export function isRegisteredCharset(name: string): boolean {
  return registered.has(name.toLowerCase()) || /^cs[a-z0-9]+$/i.test(name)
}

/** How to write it, where that is known. */
export function betterCharset(name: string): string | undefined {
  const better = meant.get(name.toLowerCase())
  return better === undefined ? undefined : `write ${better}`
}

/** True if the octets are text of that charset, or nobody here can tell. */
export function isTextOf(octets: Buffer, charset: string): boolean {
  const name = charset.toLowerCase()
  if (name === 'us-ascii' || name === 'ascii') return !octets.some(octet => octet > 0x7f)
  if (name === 'utf-8') return isUtf8(octets)
  try {
    new TextDecoder(name, { fatal: true }).decode(octets)
    return true
  } catch (error) {
    // A charset that Node does not know; octets that are not of the charset are a TypeError.
    return error instanceof RangeError
  }
}
