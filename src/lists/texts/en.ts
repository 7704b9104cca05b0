/** What lists write to people, in English. `{name}` is a placeholder; each text of another language has the same. */

export const en = {
  date: '{weekday}, {day} {monthName} {year} {time} UTC',
  signature: 'Questions about the list: {owner}',
  confirmSubscribeSubject: 'Confirm your subscription to {title}',
  confirmLeaveSubject: 'Confirm that you leave {title}',
  confirmSubscribe: 'Somebody, most likely you, asked to subscribe the address {address} to the mailing list',
  confirmLeave: 'Somebody, most likely you, asked to remove the address {address} from the mailing list',
  confirmByAnswer:
    'To confirm, answer this mail: press reply and send. Nothing needs to be written into the answer.',
  confirmByPage: 'Or open this page and press the button there:',
  confirmThenOwner: 'After that an owner of the list decides about the subscription.',
  confirmElseNotSubscribed:
    'If you did not ask for this, do nothing: without an answer nobody is subscribed.',
  confirmElseStays: 'If you did not ask for this, do nothing: without an answer you stay subscribed.',
  requestEnds: 'The request ends on {date}.',
  welcomeSubject: 'Welcome to {title}',
  welcome: 'The address {address} is now subscribed to the mailing list',
  welcomePosting: 'Mail to {list} goes to all its subscribers.',
  welcomeLeaving:
    'To leave, write from this address to {unsubscribe}, or use the link that comes with every post.',
  goodbyeSubject: 'You have left {title}',
  goodbye: 'The address {address} is no longer subscribed to the mailing list',
  goodbyeBack: 'To come back, write to {subscribe}.',
  alreadySubject: 'You are subscribed to {title} already',
  already:
    'You asked to subscribe {address} to {named}. This address is subscribed already; nothing was changed.',
  notSubscribedSubject: 'You are not subscribed to {title}',
  notSubscribed:
    'You asked to remove {address} from {named}. This address is not subscribed; nothing was changed.',
  notSubscribedOther:
    'If posts of the list reach you all the same, they go to another address of yours that is forwarded. Send the request from that address, or use the link that comes with every post.',
  yourSubscriptionSubject: 'Your subscription to {title}',
  denied: 'An owner of {named} has decided not to subscribe the address {address}.',
  helpSubject: 'About the mailing list {title}',
  helpClosed: 'Subscriptions to this list are made by its owners.',
  helpSubscribe: 'To subscribe, write to       {subscribe}',
  helpLeave: 'To leave, write to           {unsubscribe}',
  helpPost: 'To write to everybody        {list}',
  helpOwner: 'To reach the owners          {owner}',
  helpArchive: 'Archive                      {archive}',
  helpFrom:
    'Send these mails from the address that you want to subscribe or remove; nothing needs to be written into them.',
  probe:
    'Mail of the list {named} to {address} has failed again and again. Since {date} it is no longer sent to you.',
  probeReason: 'The last failure was told in these words:',
  probeTrial:
    'This mail is a trial. As you can read it, your address works again: you need do nothing, and in a few days you will get posts as before.',
  probeLeave: 'To leave the list instead, write to {unsubscribe}.',
  pageLeaveTitle: 'Leave {title}?',
  pageSubscribeTitle: 'Subscribe to {title}?',
  pageLeave: 'The address {address} will be removed from the mailing list {title} ({list}).',
  pageSubscribe: 'The address {address} will be subscribed to the mailing list {title} ({list}).',
  pageLeaveButton: 'Unsubscribe',
  pageSubscribeButton: 'Subscribe',
  pageLeaveElse: 'If you want to stay on the list, just close this page.',
  pageSubscribeElse: 'If you did not ask for this, just close this page: nobody is subscribed then.',
  pageLeftTitle: 'You have left {title}',
  pageLeft:
    'The address {address} gets no more posts of this list. A post that was on its way already may still arrive.',
  pageConfirmedTitle: 'Your address is confirmed',
  pageConfirmed: 'An owner of {title} decides about the subscription of {address}. You will get a mail.',
  pageWelcomeTitle: 'Welcome to {title}',
  pageWelcome:
    'The address {address} is now subscribed. A mail that says how to write to the list and how to leave it is on its way.',
  pageOwnLink: 'Pause delivery, or change the address',
  ownPage: 'Your own page, to leave, to pause delivery or to change the address:',
  pageOwnTitle: 'Your subscription to {title}',
  pageOwnActive: 'The address {address} gets the posts of the mailing list {title} ({list}).',
  pageOwnPaused: 'Delivery to {address} is paused: posts of {title} ({list}) are not sent there.',
  pageOwnFailing:
    'Posts of {title} ({list}) are not sent to {address} at the moment, because mail to it has failed.',
  pageOwnStopped: 'An owner of {title} ({list}) has stopped delivery to {address}.',
  pageOwnPause: 'Pause delivery',
  pageOwnResume: 'Resume delivery',
  pageOwnNewAddress: 'New address',
  pageOwnChange: 'Change the address',
  pageOwnChangeNote:
    'A mail with a link goes to the new address. Nothing is changed before that link is used.',
  pageOwnSent:
    'A mail is on its way to the new address. Open the link in it to finish the change; until then nothing is changed.',
  pageOwnBadAddress: 'This is no address that can be subscribed. Please correct it.',
  pageOwnTooOften: 'There were too many requests to change this address. Please try again tomorrow.',
  changeSubject: 'Confirm your new address for {title}',
  change:
    'Somebody, most likely you, asked that the mailing list {named} writes to {address} instead of another address.',
  changeByPage: 'To confirm, open this page and press the button there:',
  changeElse: 'If you did not ask for this, do nothing: nothing is changed then.',
  changedSubject: 'Your address for {title} was changed',
  changed:
    'The mailing list {named} no longer writes to {address}: this was asked for on the page of the subscription and confirmed at the new address.',
  changedElse: 'If it was not you, write to {owner}.',
  pageChangeTitle: 'Change your address for {title}?',
  pageChange: 'The mailing list {title} ({list}) will write to {address} from now on.',
  pageChangeElse: 'If you did not ask for this, just close this page: nothing is changed then.',
  pageChangedTitle: 'Your address was changed',
  pageChanged: 'The mailing list {title} writes to {address} from now on.',
} as const
