/**
 * Where the visible text of an HTML document ends: before its `</body>`, as the tokenizer of the HTML standard finds it (WHATWG HTML
 * section 13.2.5). One in a comment, a script, a text field or an attribute is text to a reader's program, or nothing at all.
 *
 * A scan from one `<` to the next: what stands between is never looked at.
 */

export interface HtmlPlace {
  /** The `<` of the last `</body>`; undefined where there is none. */
  readonly tag: number | undefined
  /** What is put at the very end is seen too, which browsers show as part of the body: nothing is open that would swallow it. */
  readonly isEndShown: boolean
}

/** Elements whose content is not taken for tags, or not shown as the rest is: it is passed over up to their end tag. */
const passedOver: ReadonlySet<string> = new Set(
  'script style textarea title noscript xmp iframe noembed noframes template select svg math object'.split(
    ' ',
  ),
)

/** The end of what begins with a `<`; undefined where it is never closed. */
type End = number | undefined

/** @param html latin1, without transfer encoding */
export function htmlPlace(html: string): HtmlPlace {
  const text = html.toLowerCase()
  let tag: number | undefined
  /** Of `<![if !mso]>`: some programs do not show what follows up to `<![endif]>`. */
  let depth = 0
  for (let at = text.indexOf('<'); at >= 0; ) {
    const end = markupEnd(text, at)
    if (end === undefined) return { tag, isEndShown: false }
    if (text.startsWith('<![if', at)) depth++
    else if (text.startsWith('<![endif', at)) depth = Math.max(0, depth - 1)
    else if (depth === 0 && isBodyEnd(text, at)) tag = at
    at = text.indexOf('<', end)
  }
  return { tag, isEndShown: depth === 0 }
}

function isBodyEnd(text: string, at: number): boolean {
  return /^<\/body[\s/>]/.test(text.slice(at, at + 7))
}

function markupEnd(text: string, at: number): End {
  if (text.startsWith('<!--', at)) return commentEnd(text, at + 4)
  const next = text[at + 1] ?? ''
  const isEndTag = next === '/'
  const first = isEndTag ? (text[at + 2] ?? '') : next
  if (/[a-z]/.test(first)) return elementEnd(text, at, isEndTag)
  // A bogus comment, or a `<` that is text.
  return next === '!' || next === '?' || isEndTag ? after(text, '>', at) : at + 1
}

/** `<!-->` and `<!--->` are whole comments. */
function commentEnd(text: string, from: number): End {
  const short = /^-?>/.exec(text.slice(from, from + 2))
  if (short) return from + short[0].length
  const close = /--!?>/g
  close.lastIndex = from
  return close.exec(text) === null ? undefined : close.lastIndex
}

/** The end of a tag, and of the element where that is passed over. */
function elementEnd(text: string, at: number, isEndTag: boolean): End {
  const end = tagEnd(text, at)
  const name = /^<([a-z][a-z0-9:-]{0,20})(?=[\s/>])/.exec(text.slice(at, at + 24))?.[1] ?? ''
  if (name === 'plaintext') return undefined
  if (end === undefined || isEndTag || !passedOver.has(name)) return end
  const close = after(text, `</${name}`, end)
  return close === undefined ? undefined : after(text, '>', close)
}

/** A `>` between quotes ends no tag; quotes count behind `=` only. */
function tagEnd(text: string, start: number): End {
  const stop = /[>=]/g
  for (stop.lastIndex = start; ; ) {
    const found = stop.exec(text)
    if (found === null) return undefined
    if (found[0] === '>') return stop.lastIndex
    let at = stop.lastIndex
    while (/\s/.test(text[at] ?? '')) at++
    const quote = text[at]
    const end = quote === '"' || quote === "'" ? after(text, quote, at + 1) : at
    if (end === undefined) return undefined
    stop.lastIndex = end
  }
}

function after(text: string, what: string, from: number): End {
  const at = text.indexOf(what, from)
  return at < 0 ? undefined : at + what.length
}
