/** The pages about subscriptions, in words. */
import { html } from 'hono/html'
import type { Language } from '../lists/texts/languages.ts'
import { textsOf } from '../lists/texts/languages.ts'
import type { TextName } from '../lists/texts/texts.ts'
import { filled, piecesOf } from '../lists/texts/texts.ts'
import type { Page } from './page.ts'

/** What a link is about. */
export interface LinkSubject {
  readonly what: 'subscribe' | 'unsubscribe'
  readonly listTitle: string
  /** That of the list. */
  readonly language: Language
  readonly listAddress: string
  /** Address of the person. */
  readonly address: string
  /** An owner decides after the confirmation. */
  readonly waitsForOwner: boolean
  /** Where a subscriber pauses delivery or changes the address. */
  readonly ownPage?: string | undefined
}

/** Asks before anything is done: programs follow links, only people press buttons. */
export function questionPage(subject: LinkSubject): Page {
  const { say, filledTitle, language } = wordsFor(subject)
  const isToLeave = subject.what === 'unsubscribe'
  const button = filledTitle(isToLeave ? 'pageLeaveButton' : 'pageSubscribeButton')
  return {
    language,
    title: filledTitle(isToLeave ? 'pageLeaveTitle' : 'pageSubscribeTitle'),
    body: html`<p>${say(isToLeave ? 'pageLeave' : 'pageSubscribe')}</p>
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">${button}</button>
</form>
<p class="note">${say(isToLeave ? 'pageLeaveElse' : 'pageSubscribeElse')}</p>${
      subject.ownPage === undefined
        ? ''
        : html`
<p class="note"><a href="${subject.ownPage}">${filledTitle('pageOwnLink')}</a></p>`
    }`,
  }
}

/** Says what was done. */
export function donePage(subject: LinkSubject): Page {
  const { say, filledTitle, language } = wordsFor(subject)
  const page = (title: TextName, text: TextName): Page => ({
    language,
    title: filledTitle(title),
    body: html`<p>${say(text)}</p>`,
  })
  if (subject.what === 'unsubscribe') return page('pageLeftTitle', 'pageLeft')
  if (subject.waitsForOwner) return page('pageConfirmedTitle', 'pageConfirmed')
  return page('pageWelcomeTitle', 'pageWelcome')
}

/** Texts in the language of the list; what is put into a page is escaped, and people and lists stand out. */
export function wordsFor({
  language,
  listTitle,
  listAddress,
  address,
}: Pick<LinkSubject, 'language' | 'listTitle' | 'listAddress' | 'address'>) {
  const texts = textsOf(language)
  const values: Readonly<Record<string, string>> = {
    title: listTitle,
    list: listAddress,
    address: veiled(address),
  }
  const strong = ['title', 'address']
  return {
    language,
    filledTitle: (name: TextName) => filled(texts[name], values),
    say: (name: TextName) =>
      piecesOf(texts[name]).map(piece => {
        if ('words' in piece) return html`${piece.words}`
        const value = values[piece.placeholder] ?? ''
        return strong.includes(piece.placeholder) ? html`<strong>${value}</strong>` : html`${value}`
      }),
  }
}

/** One answer for links that are damaged, made up, used or of an ended subscription: it tells strangers nothing. */
export const gonePage: Page = {
  title: 'This link is not valid',
  body: html`<p>Perhaps it was used already, and there is nothing left to do. Or a part of it was lost on the way: please open
it again from the mail, as a whole.</p>
<p>If you still get posts of a list, use the link in the newest of them, or write to the address with
<strong>-unsubscribe</strong> that its header names.</p>`,
}

/** For a subscription that has ended; of whom and of what is not told. */
export const leftBeforePage: Page = {
  title: 'You have left already',
  body: html`<p>There is no such subscription any more. A post that was on its way already may still arrive.</p>`,
}

export const expiredPage: Page = {
  title: 'This link is too old',
  body: html`<p>Please use the link in a newer mail of the list, or send your request again.</p>`,
}

export const badRequestPage: Page = {
  title: 'This request was not understood',
  body: html`<p>Please open the link from the mail and press the button there.</p>`,
}

export const notFoundPage: Page = {
  title: 'There is no such page',
  body: html`<p>This is the mail relay of some mailing lists. Its pages are reached by links in mail.</p>`,
}

export const wrongMethodPage: Page = {
  title: 'This request was not understood',
  body: html`<p>A link can be opened, and its button pressed; nothing else can be done with it.</p>`,
}

export const tooBigPage: Page = { title: 'This request is too big', body: html`<p>Nothing was done.</p>` }

export const troublePage: Page = {
  title: 'This does not work at the moment',
  body: html`<p>Please try again in some minutes. Nothing was lost.</p>`,
}

/** The mail with the link may have been forwarded: the page shows enough of the address for its owner to know it. */
function veiled(address: string): string {
  const at = address.lastIndexOf('@')
  const letters = [...address.slice(0, at)]
  const shown = letters.length > 3 ? `${letters[0]}\u2026${letters.at(-1)}` : `${letters[0] ?? ''}\u2026`
  return `${shown}${address.slice(at)}`
}
