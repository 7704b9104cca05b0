/** The words of lists in the language of a list: which text there is, and what stands in its placeholders. */
import type { en } from './en.ts'

export type TextName = keyof typeof en
/** Every text in one language. */
export type Texts = Readonly<Record<TextName, string>>

/** Puts values into the placeholders of a text; in what is put in, nothing is a placeholder. */
export function filled(text: string, values: Readonly<Record<string, string>> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** A text in pieces: words, and the names of placeholders, in their order; for pages, which mark what is put in. */
export function piecesOf(text: string): ({ readonly words: string } | { readonly placeholder: string })[] {
  return text
    .split(/\{(\w+)\}/)
    .map((piece, index) => (index % 2 === 0 ? { words: piece } : { placeholder: piece }))
}
