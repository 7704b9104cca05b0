/** What the page of a subscriber asks of the relay: what stands there, and what a person may do with a subscription. */
import type { Language } from '../lists/texts/languages.ts'

/** What a subscriber wishes on the own page. */
export type SubscriberWish =
  | { readonly do: 'pause' | 'resume' }
  | { readonly do: 'change'; readonly address: string }

/** A subscription as its page shows it. */
export interface SubscriptionSubject {
  readonly listTitle: string
  readonly listAddress: string
  readonly language: Language
  /** Address of the person. */
  readonly address: string
  readonly state: 'active' | 'paused' | 'failing' | 'stopped'
  /** Where the subscription ends with one button. */
  readonly leaveUrl: string
  /** False: the owners decide who is subscribed, so a new address is theirs to take. */
  readonly mayChange: boolean
}

/** A change of the address, as the new one is asked about it. */
export type ChangeSubject = Pick<SubscriptionSubject, 'listTitle' | 'listAddress' | 'language' | 'address'>

type NoAnswer = { readonly kind: 'gone' } | { readonly kind: 'expired' }

export type SubscriptionAnswer =
  | {
      readonly kind: 'good'
      readonly subject: SubscriptionSubject
      /** What became of a wish, where the page does not show it anyway. */
      readonly said?: 'sent' | 'bad-address' | 'too-often'
    }
  | NoAnswer

export type ChangeAnswer = { readonly kind: 'good'; readonly subject: ChangeSubject } | NoAnswer

/** Nobody is given more than what stands in the link; nothing changes before something is carried out. */
export interface SubscriberDesk {
  look(token: string): Promise<SubscriptionAnswer>
  carryOut(token: string, wish: SubscriberWish): Promise<SubscriptionAnswer>
  /** @param address the new one, as it stands in the link */
  lookAtChange(token: string, address: string): Promise<ChangeAnswer>
  confirmChange(token: string, address: string): Promise<ChangeAnswer>
}
