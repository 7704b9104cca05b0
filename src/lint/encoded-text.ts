/** How text that is not ASCII would be written rightly, for the person who reads a finding. */
import { isUtf8 as areUtf8 } from 'node:buffer'
import { isAsciiText } from '../message/header-field.ts'
import { encodeWords } from '../revise/encoded-word.ts'

/** Longer text is not written out. */
const maxCharacters = 100

/** @param latin1 as it stands in the message: UTF-8 octets, or else nobody knows */
export function asEncodedWords(latin1: string): { readonly instead?: string } {
  const text = unicode(latin1)
  return text === undefined ? {} : { instead: `write ${encodeWords(text).join(' ')}` }
}

/** A parameter by RFC 2231 section 4. */
export function asExtendedParameter(name: string, latin1: string): { readonly instead?: string } {
  const text = unicode(latin1)
  if (text === undefined) return {}
  const value = encodeURIComponent(text).replace(
    /['()*!]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return { instead: `write ${name}*=utf-8''${value}` }
}

function unicode(latin1: string): string | undefined {
  const trimmed = latin1.replace(/\s+/g, ' ').trim()
  if (trimmed.length > maxCharacters || !isUtf8(trimmed)) return undefined
  return Buffer.from(trimmed, 'latin1').toString('utf8')
}

/** True for latin1 text whose octets are UTF-8. */
export function isUtf8(latin1: string): boolean {
  return isAsciiText(latin1) || areUtf8(Buffer.from(latin1, 'latin1'))
}
