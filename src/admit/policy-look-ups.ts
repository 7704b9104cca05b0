/**
 * The questions about the policies of a sender: DMARC records, and whether the domain exists and receives mail. They are counted apart from those of
 * SPF and DKIM, whose number the sender chooses: who makes a message ask for many names must not leave none for the policy that refuses it.
 */
import { type DmarcLookUps, existenceBy } from '../dmarc/look-ups.ts'
import type { Answer, MailExchange, Resolver } from '../dns/resolver.ts'
import type { LookUpBounds } from './look-ups.ts'

export interface PolicyLookUps extends DmarcLookUps {
  mx(domain: string): Promise<Answer<MailExchange>>
  txt(name: string): Promise<Answer<string>>
}

/** What is asked beyond the bounds, or was not answered in time, is not known: never taken for absent. */
export function boundedPolicyLookUps(
  resolver: Pick<Resolver, 'txt' | 'mx'>,
  { maxNames, ends }: LookUpBounds,
): PolicyLookUps {
  const asked = new Map<string, Promise<Answer<unknown>>>()
  const over = Promise.withResolvers<Answer<never>>()
  const ended = { kind: 'temporary', reason: 'the judgement of the message has ended' } as const
  ends.addEventListener('abort', () => over.resolve(ended), { once: true })

  function ask<T>(key: string, question: () => Promise<Answer<T>>): Promise<Answer<T>> {
    // The type is part of the key, so what is found under it holds records of that type.
    const known = asked.get(key) as Promise<Answer<T>> | undefined
    if (known !== undefined) return known
    const answer = answerTo(question)
    asked.set(key, answer)
    return answer
  }

  async function answerTo<T>(question: () => Promise<Answer<T>>): Promise<Answer<T>> {
    if (asked.size >= maxNames)
      return { kind: 'temporary', reason: `more than ${maxNames} questions about one sender` }
    return ends.aborted ? ended : Promise.race([question(), over.promise])
  }

  const mx = (domain: string) => ask(`mx ${domain.toLowerCase()}`, () => resolver.mx(domain))
  return {
    mx,
    txt: name => ask(`txt ${name.toLowerCase()}`, () => resolver.txt(name)),
    existence: async domain => existenceBy(await mx(domain)),
  }
}
