/** What the limits of rates cost for one message with one recipient: a connection, MAIL and RCPT are asked about and counted. */
import { rates as section } from '../../src/config/rates-section.ts'
import { Rates } from '../../src/service/rates/rates.ts'
import { median } from './figures.ts'
import { timeSlice, type Work } from './micro-timing.ts'

export interface RatesResult {
  readonly name: string
  /** Of the main thread, per message. */
  readonly mainMicroseconds: number
}

/** One call of the work: less could not be told from the timing. */
const messagesPerCall = 100

const limit = { most: 1_000_000_000, inSeconds: 86_400 }
const everyLimit = section.parse({
  networks: { connections: limit, messages: limit, recipients: limit },
  senderDomains: { messages: limit, recipients: limit },
  aliases: { messages: limit },
})

/** @param clientOf IP address of the client of a message, by its number */
function workOf(settings: typeof everyLimit, clientOf: (number: number) => string): Work {
  const rates = new Rates(settings, Date.now, 50_000)
  let number = 0
  return () => {
    for (const end = number + messagesPerCall; number < end; number++) {
      const client = { address: clientOf(number), trusted: false }
      rates.connection(client)
      rates.mail(client, 'a@origin.example')
      rates.recipient(client, 'a@origin.example', () => 'team@alias.example')
    }
  }
}

function ratesCases(): { readonly name: string; readonly work: Work }[] {
  const one = () => '198.51.100.7'
  const another = (number: number) => `${1 + (number % 200)}.${(number >> 8) & 255}.${(number >> 16) & 255}.7`
  return [
    { name: 'no limits', work: workOf(section.parse({}), one) },
    { name: 'every limit, one client', work: workOf(everyLimit, one) },
    { name: 'every limit, from many networks', work: workOf(everyLimit, another) },
  ]
}

/** All take turns in every round. */
export async function measureRates(settings: {
  readonly rounds: number
  readonly sliceMilliseconds: number
}): Promise<RatesResult[]> {
  const cases = ratesCases()
  const length = { milliseconds: settings.sliceMilliseconds, atOnce: 1 }
  const measured = new Map(cases.map(one => [one, [] as number[]]))
  for (const { work } of cases) await timeSlice(work, length)
  for (let round = 0; round < settings.rounds; round++) {
    for (const [one, times] of measured) {
      const slice = await timeSlice(one.work, length)
      times.push(slice.mainMicroseconds / slice.calls / messagesPerCall)
    }
  }
  return [...measured].map(([{ name }, times]) => ({ name, mainMicroseconds: median(times) }))
}
