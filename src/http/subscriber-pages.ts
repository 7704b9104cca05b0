/** The page of a subscriber, and the question to a new address, in words of the list's language. */
import { html } from 'hono/html'
import type { TextName } from '../lists/texts/texts.ts'
import { wordsFor } from './list-pages.ts'
import type { Page } from './page.ts'
import type { ChangeSubject, SubscriptionAnswer, SubscriptionSubject } from './subscriber-desk.ts'

type Said = Extract<SubscriptionAnswer, { kind: 'good' }>['said']

const stateTexts = {
  active: 'pageOwnActive',
  paused: 'pageOwnPaused',
  failing: 'pageOwnFailing',
  stopped: 'pageOwnStopped',
} as const satisfies Record<SubscriptionSubject['state'], TextName>

const saidTexts = {
  sent: 'pageOwnSent',
  'bad-address': 'pageOwnBadAddress',
  'too-often': 'pageOwnTooOften',
} as const satisfies Record<NonNullable<Said>, TextName>

/** How a subscription stands, and what can be done with it. */
export function subscriptionPage(subject: SubscriptionSubject, said?: Said): Page {
  const { say, filledTitle, language } = wordsFor(subject)
  const { state, leaveUrl, mayChange } = subject
  const wish = state === 'active' ? 'pause' : 'resume'
  return {
    language,
    title: filledTitle('pageOwnTitle'),
    body: html`${said === undefined ? '' : html`<p role="status"><strong>${say(saidTexts[said])}</strong></p>`}
<p>${say(stateTexts[state])}</p>
${
  state === 'stopped'
    ? ''
    : html`<form method="post"><input type="hidden" name="do" value="${wish}">
<button type="submit">${filledTitle(wish === 'pause' ? 'pageOwnPause' : 'pageOwnResume')}</button></form>`
}
${mayChange ? changeForm(filledTitle) : ''}
<p><a href="${leaveUrl}">${filledTitle('pageLeaveButton')}</a></p>`,
  }
}

function changeForm(word: (name: TextName) => string) {
  return html`<form method="post"><input type="hidden" name="do" value="change">
<p><label for="address">${word('pageOwnNewAddress')}</label>
<input id="address" name="address" type="text" inputmode="email" autocomplete="email" required maxlength="254"></p>
<button type="submit">${word('pageOwnChange')}</button>
<p class="note">${word('pageOwnChangeNote')}</p></form>`
}

/** Asks the new address. */
export function changePage(subject: ChangeSubject): Page {
  const { say, filledTitle, language } = wordsFor(subject)
  return {
    language,
    title: filledTitle('pageChangeTitle'),
    body: html`<p>${say('pageChange')}</p>
<form method="post"><input type="hidden" name="do" value="confirm">
<button type="submit">${filledTitle('pageOwnChange')}</button></form>
<p class="note">${say('pageChangeElse')}</p>`,
  }
}

/** Says that the address is another one now. */
export function changedPage(subject: ChangeSubject): Page {
  const { say, filledTitle, language } = wordsFor(subject)
  return { language, title: filledTitle('pageChangedTitle'), body: html`<p>${say('pageChanged')}</p>` }
}
