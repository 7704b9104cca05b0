/** The languages that lists write in: a file of texts for each. */
import { en } from './en.ts'
import { ja } from './ja.ts'
import type { Texts } from './texts.ts'
import { filled } from './texts.ts'

/** By the words of the setting `language`, which are language tags (RFC 5646). */
export const languageTags = ['en', 'ja'] as const

export type Language = (typeof languageTags)[number]

const all: Readonly<Record<Language, Texts>> = { en, ja }

export function textsOf(language: Language): Texts {
  return all[language]
}

/**
 * A day and a time that nobody can take for another: `Thu, 13 Nov 2025 02:13 UTC`.
 *
 * @param milliseconds Unix milliseconds
 */
export function dateIn(language: Language, milliseconds: number): string {
  const date = new Date(milliseconds)
  const [weekday = '', day = '', monthName = '', year = '', time = ''] = date.toUTCString().split(/,? /)
  return filled(all[language].date, {
    weekday:
      language === 'en'
        ? weekday
        : new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(date),
    day: language === 'en' ? day : String(date.getUTCDate()),
    month: String(date.getUTCMonth() + 1),
    monthName,
    year,
    time: time.slice(0, 5),
  })
}
