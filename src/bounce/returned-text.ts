/**
 * Where the returned message begins in a report that is plain text. What stands below was written by others, about anything; the
 * reason of a failure is read above it alone. Programs put a line of their own in between, each in its own words and in the language
 * of whoever set it up; where that is not known, the header section of the message itself shows. Pure.
 */
import { versionFields } from '../dkim2/profiles/names.ts'

/** Octets of a report in which the returned message has to begin. */
export const maxReasonBytes = 64 * 1024

/** Where a returned message begins. */
export interface ReturnedStart {
  /** Octets of the report before the line that announces the message, or before its header section. */
  readonly end: number
  /** Octets before what follows that line. */
  readonly start: number
}

/** The message is spoken of as the one that was sent, or as what follows. */
const announced = new RegExp(
  [
    String.raw`\boriginal\b|\bcopy of\b|\bfollows?\b|\bbelow\b|\breturned\b|\bunsent\b|\bundelivered (?:mail|message)\b|\byour message\b`,
    String.raw`\bmessage (?:headers?|text|body|contents?|source|truncated|suppressed)\b|\bheaders? of\b|\bbegin(?:ning of)? (?:message|mail)\b|\bthe body of the message\b|\bstart of (?:message|mail)\b`,
    'ursprünglich|originalnachricht|nachrichtenk|kopie der|kopie des|zurückgesandt',
    "d['’]origine|originale?s?\\b|copie du|en-t[eê]tes?|mensaje original|encabezados|copia d|mensagem original|cabeçalho|intestazion|messaggio original",
    'oorspronkelijk|berichtkop|kopie van|oryginaln|nagłówk|kopia|původní|záhlav|pôvodn|eredeti|orijinal|özgün|opprinnelig|oprindelig|ursprunglig|alkuperäi|originalmed|kopi af|kopi av',
    'исходн|оригинал|копия|заголовк|вихідн|αρχικ|αντίγραφο|元の|オリジナル|原始|原邮件|原郵件|原文|원본|الأصلية|מקורי|asal\\b',
  ].join('|'),
  'iu',
)
/** Lines that divide a report into its own parts. */
const ofReport =
  /\b(?:transcript|session|log|addresses|errors?|diagnos\w*|reasons?|status|recipients?|protokoll|fehler|erreurs?|destinatarios)\b/i
/** A line of hyphens and the like with words in it, between them or behind them. */
const ruled = /^[ \t|>]*[-_=*~#+]{2,}.{0,200}$/
/** Words alone that end with a colon, as Exchange writes them; an address with a colon names a recipient. */
const heading = /^[ \t>]*[^@<>]{5,100}[:：][ \t]*$/
const headers =
  /\bheaders?\b|kopfzeilen|nachrichtenk|en-t[eê]te|encabezado|cabeçalho|intestazion|berichtkop|nagłówk|záhlav|заголовк|ヘッダー|ヘッダ|邮件头|標頭|标头|머리글|fejléc|rubrik|otsik|hode|üst ?bilgi|\b(?:message|nachricht|mensaje|mensagem|messaggio|bericht|wiadomość)\b/iu

const versionNames = versionFields.join('|')
const prefix = String.raw`^[ \t>|]{0,8}`
/** Where a header section begins. */
const firstField = new RegExp(
  String.raw`${prefix}(?:received|return-path|delivered-to|dkim2?-signature|${versionNames}|authentication-results|arc-[a-z-]+|x-[a-z0-9-]+|message-id|mime-version|content-[a-z-]+|list-[a-z-]+|from|to|cc|date|subject|sender|reply-to|precedence|references|in-reply-to)[ \t]*:`,
  'i',
)
/** Fields that programs write, and that nobody puts into prose. */
const writtenField = new RegExp(
  String.raw`${prefix}(?:received|return-path|delivered-to|dkim2?-signature|${versionNames}|authentication-results|arc-[a-z-]+|mime-version|content-[a-z-]+|list-[a-z-]+|x-[a-z0-9-]+)[ \t]*:`,
  'i',
)
const anyField = new RegExp(String.raw`${prefix}[a-z][a-z0-9-]{1,60}[ \t]*:`, 'i')
const foldedLine = /^[ \t>|]{0,8}[ \t]\S/
/** A header section shows what it is within so many lines. */
const maxHeaderLines = 60

/**
 * Finds the returned message in the text of a report; undefined where it has none.
 *
 * @param text latin1, one character an octet; no more than `maxReasonBytes` of it is looked at
 */
export function returnedStart(text: string): ReturnedStart | undefined {
  let at = 0
  const lines: Line[] = []
  for (const whole of text.slice(0, maxReasonBytes).split(/(?<=\n)/)) {
    lines.push({ at, end: at + whole.length, text: whole.replace(/\r?\n$/, '') })
    at += whole.length
  }
  for (const [index, line] of lines.entries()) {
    if (isAnnouncement(line.text)) return { end: line.at, start: line.end }
    if (isHeaderSection(lines, index)) return { end: line.at, start: line.at }
  }
  return undefined
}

interface Line {
  readonly at: number
  readonly end: number
  readonly text: string
}

function isAnnouncement(line: string): boolean {
  const isRuled = ruled.test(line)
  if (!isRuled && !heading.test(line)) return false
  const words = unicode(line)
  if (!announced.test(words) || ofReport.test(words)) return false
  return isRuled || headers.test(words)
}

/** Three fields in a row, one of them a program's: a report in prose may well name `From`, `To` and `Subject` of its message. */
function isHeaderSection(lines: readonly Line[], start: number): boolean {
  if (!firstField.test(lines[start]?.text ?? '')) return false
  let fields = 0
  let isWritten = false
  for (const { text } of lines.slice(start, start + maxHeaderLines)) {
    if (anyField.test(text)) fields++
    else if (!foldedLine.test(text)) return false
    isWritten ||= writtenField.test(text)
    if (fields >= 3 && isWritten) return true
  }
  return false
}

/** In which charset it is nobody may say; most write UTF-8, and latin1 is read as it is. */
function unicode(line: string): string {
  if (!/[\x80-\xff]/.test(line)) return line
  const decoded = Buffer.from(line, 'latin1').toString('utf8')
  return decoded.includes('\ufffd') ? line : decoded
}
