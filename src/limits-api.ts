/** Bounds of the API (http/api/), beside those of limits.ts, and of the commands that work through it. */

/** What the API takes and does. */
export const apiServer = {
  /** Of a request with JSON: a thousand addresses of the longest kind fit. */
  maxJsonBytes: 1024 * 1024,
  /** Of a message for the tools, or a file to be imported: a hundred thousand aliases are 6 MB. */
  maxOctets: 16 * 1024 * 1024,
  /** Requests with such a body that are worked on at the same time; their octets are in memory. */
  largeAtOnce: 4,
  /** Requests of one token within a minute: a program that asks as fast as it can must not slow the mail down. */
  requestsPerMinute: 1_200,
  /** Tokens whose requests are counted. */
  remembered: 5_000,
  /** `follow` at the same time: each looks at the store every second. */
  followers: 8,
  /** What follows a silent relay hears so often that it is there; connections that say nothing are closed (incomingHttp). */
  followBeatMilliseconds: 10_000,
  /** How often it is looked at whether the token of a follower is still good. */
  followAccessMilliseconds: 60_000,
  /** How often the time of the last use of a token is written down. */
  usedEveryMilliseconds: 60_000,
  /** Wrong tokens: nobody guesses 256 bits, but who tries must not fill the log or keep the store at work. */
  guesses: { perNetwork: 20, perAccount: 20, windowMilliseconds: 900_000, remembered: 5_000 },
} as const

/** What a command that works through the API of a relay waits for and reads. */
export const apiClient = {
  /** The longest that the relay works without a word: an import of a hundred thousand lines. */
  idleMilliseconds: 180_000,
  /** A token that has asked too often is told to wait, within a minute; a command with many pages does. */
  longestWaitSeconds: 90,
  waits: 10,
  /** Of one answer: fifty million entries, more than anybody reads; a relay that always has one more page is not followed. */
  pages: 100_000,
  /** A page of journeys, or the message that a tool gives back. */
  maxAnswerBytes: 64 * 1024 * 1024,
} as const
