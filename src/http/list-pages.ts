/** The pages about subscriptions, in words. */
import { html } from 'hono/html'
import type { Page } from './page.ts'

/** What a link is about. */
export interface LinkSubject {
  readonly what: 'subscribe' | 'unsubscribe'
  readonly listTitle: string
  readonly listAddress: string
  /** Address of the person. */
  readonly address: string
  /** An owner decides after the confirmation. */
  readonly waitsForOwner: boolean
}

/** Asks before anything is done: programs follow links, only people press buttons. */
export function questionPage(subject: LinkSubject): Page {
  const { what, listTitle } = subject
  const isToLeave = what === 'unsubscribe'
  return {
    title: isToLeave ? `Leave ${listTitle}?` : `Subscribe to ${listTitle}?`,
    body: html`<p>The address <strong>${veiled(subject.address)}</strong> ${
      isToLeave ? 'will be removed from' : 'will be subscribed to'
    } the mailing list <strong>${listTitle}</strong> (${subject.listAddress}).</p>
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">${isToLeave ? 'Unsubscribe' : 'Subscribe'}</button>
</form>
<p class="note">${
      isToLeave
        ? 'If you want to stay on the list, just close this page.'
        : 'If you did not ask for this, just close this page: nobody is subscribed then.'
    }</p>`,
  }
}

/** Says what was done. */
export function donePage(subject: LinkSubject): Page {
  const { what, listTitle, address, waitsForOwner } = subject
  if (what === 'unsubscribe') {
    return {
      title: `You have left ${listTitle}`,
      body: html`<p>The address <strong>${veiled(address)}</strong> gets no more posts of this list. A post that was on its
way already may still arrive.</p>`,
    }
  }
  if (waitsForOwner) {
    return {
      title: 'Your address is confirmed',
      body: html`<p>An owner of <strong>${listTitle}</strong> decides about the subscription of
<strong>${veiled(address)}</strong>. You will get a mail.</p>`,
    }
  }
  return {
    title: `Welcome to ${listTitle}`,
    body: html`<p>The address <strong>${veiled(address)}</strong> is now subscribed. A mail that says how to write to the list
and how to leave it is on its way.</p>`,
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
