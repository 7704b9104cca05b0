/** The replies of this relay, by name. Codes: RFC 5321 section 4.2.3 with RFC 3463, RFC 6531 and the IANA registry of enhanced codes. */
import type { SmtpReply } from './reply.ts'

function named(code: number, enhanced: string, text: string): SmtpReply {
  return Object.freeze({ code, enhanced, text })
}

// Connections
export const earlyTalker = named(554, '5.5.1', 'the client spoke before the greeting')
export const tooManyConnections = named(421, '4.3.2', 'too many connections, try again later')
export const tooManyConnectionsOfPeer = named(421, '4.7.0', 'too many connections from your network')
export const notThroughProxy = named(554, '5.7.1', 'connect to the balancer in front of this listener')
export const shuttingDown = named(421, '4.3.2', 'shutting down, try again later')
export const commandTooSlow = named(421, '4.4.2', 'timeout waiting for a command')
export const messageTooSlow = named(421, '4.4.2', 'timeout waiting for the end of the message')
export const tooManyTransactions = named(
  421,
  '4.7.0',
  'too many messages in this session, reconnect to send more',
)
export const tooManyErrors = named(421, '4.7.0', 'too many errors')

// Commands
export const commandTooLong = named(500, '5.5.2', 'the command line is too long')
export const bareLineFeed = named(500, '5.5.2', 'a command ends with CR LF, not with LF alone')
export const unreadableCommand = named(500, '5.5.2', 'the command holds control characters or is not UTF-8')
export const badHeloName = named(501, '5.5.4', 'expected a domain name or an address literal')
export const badSyntax = named(501, '5.5.4', 'syntax error in the parameters')
export const notImplemented = named(502, '5.5.1', 'command not implemented')
export const nestedMail = named(503, '5.5.1', 'a mail transaction is already in progress')
export const mailFirst = named(503, '5.5.1', 'MAIL must come first')
export const recipientFirst = named(503, '5.5.1', 'RCPT must come first')
export const noValidRecipients = named(554, '5.5.1', 'no valid recipients')
export const cannotVerify = named(252, '2.5.0', 'cannot verify the address; send a message to find out')
export const unknownParameter = named(555, '5.5.4', 'parameter not recognized')

// Submission (RFC 4954 sections 4 and 6, RFC 6409 section 6)
export const signedIn = named(235, '2.7.0', 'signed in')
export const signInFirst = named(530, '5.7.0', 'sign in first (AUTH)')
export const startTlsFirst = named(530, '5.7.0', 'must issue a STARTTLS command first')
export const tlsForAuth = named(538, '5.7.11', 'passwords are taken over TLS only: STARTTLS comes first')
export const authTwice = named(503, '5.5.1', 'signed in already')
export const authCancelled = named(501, '5.7.0', 'the client has given up signing in')
export const badAuthMessage = named(501, '5.5.2', 'this is no message of that mechanism')
export const unknownMechanism = named(504, '5.5.4', 'this mechanism is not offered')
export const wrongPassword = named(535, '5.7.8', 'name and password do not fit')
export const tooManyWrongPasswords = named(421, '4.7.0', 'too many wrong passwords')
export const signInBusy = named(454, '4.7.0', 'too many clients sign in at the moment, try again later')
export const signedOut = named(
  421,
  '4.7.0',
  'the account was changed since this session signed in, sign in again',
)
export const clientIdOk = named(250, '2.0.0', 'OK')
export const clientIdTwice = named(503, '5.5.1', 'CLIENTID was given already')
export const clientIdAfterAuth = named(503, '5.5.1', 'CLIENTID comes before AUTH')

/** Asks who has had too many wrong passwords to come again later. */
export function wrongPasswordsWait(seconds: number): SmtpReply {
  return named(454, '4.7.0', `too many wrong passwords, try again in ${seconds} seconds`)
}

// Senders and recipients
export const senderOk = named(250, '2.1.0', 'sender OK')
export const recipientOk = named(250, '2.1.5', 'recipient OK')
export const badSender = named(501, '5.1.7', 'invalid sender address')
export const badRecipient = named(501, '5.1.3', 'invalid recipient address')
/** RFC 3463 section 3.3 (X.2.1): the mailbox exists, and takes nothing at present. */
export const targetsSuspended = named(
  550,
  '5.2.1',
  'no mail is forwarded to this address at present: where it leads has refused mail for days',
)
export const unknownRecipient = named(550, '5.1.1', 'no such address here')
export const relayingDenied = named(550, '5.7.1', 'this relay does not accept mail for that domain')
export const bounceRefused = named(
  550,
  '5.7.1',
  'this bounce address was not issued here or is no longer valid',
)
export const tooManyRequestsOfAddress = named(
  550,
  '5.7.1',
  'too many requests to lists from this address today, try again tomorrow',
)
export const tooManyRequestsOfNetwork = named(
  451,
  '4.7.1',
  'too many requests to lists from your network today, try again later',
)
export const tooManyRequestsToList = named(
  451,
  '4.7.1',
  'too many requests to this list today, try again later',
)
export const tooManyReflectionsOfAddress = named(
  550,
  '5.7.1',
  'too many messages from this address to reflectors today, try again tomorrow',
)
export const tooManyReflectionsOfNetwork = named(
  451,
  '4.7.1',
  'too many messages from your network to reflectors today, try again later',
)
export const smtpUtf8Needed = named(553, '5.6.7', 'an address with non-ASCII characters requires SMTPUTF8')
export const requireTlsNeedsTls = named(530, '5.7.10', 'REQUIRETLS can be requested over TLS only')
export const tooManyRecipients = named(452, '4.5.3', 'too many recipients in one transaction')

// Messages
export const startMessage = named(354, '', 'go ahead, end with CR LF . CR LF')
export const messageTooBig = named(552, '5.3.4', 'the message exceeds the size limit of this relay')
export const headerTooBig = named(552, '5.3.4', 'the header section exceeds the size limit of this relay')
export const lineTooLong = named(554, '5.6.0', 'a line of the message exceeds the length limit of this relay')
export const bareLineEnd = named(550, '5.6.11', 'the message holds a CR or LF that is not part of a CR LF')
export const nulOctet = named(550, '5.6.0', 'the message holds a NUL octet')
export const insufficientStorage = named(452, '4.3.1', 'no room for the message now, try again later')
export const localError = named(451, '4.3.0', 'local error, try again later')

export const filterUnavailable = named(451, '4.3.0', 'the message cannot be checked now, try again later')

/** The content filter refuses the message; `text` is its own. */
export function refusedByFilter(text = 'the message looks like spam'): SmtpReply {
  return named(550, '5.7.1', text)
}

/** The content filter wants to see the message again later; `text` is its own. */
export function deferredByFilter(text = 'try again later'): SmtpReply {
  return named(451, '4.7.1', text)
}

/** A limit of rates is reached: too many `what`; in so many seconds there is room again. */
export function tooManyFor(code: 421 | 450, what: string, waitSeconds: number): SmtpReply {
  return named(code, '4.7.1', `too many ${what}, try again in ${waitSeconds} seconds`)
}

/** What the client of an accepted message is told. */
export function queued(queueId: string): SmtpReply {
  return named(250, '2.0.0', `queued as ${queueId}`)
}
