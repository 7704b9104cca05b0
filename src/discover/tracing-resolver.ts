/** A resolver that notes what it is asked and what it answers, so that a plan can be explained. */
import type { Answer, Resolver } from '../dns/resolver.ts'
import type { QuestionNote, TakeNote } from './trace.ts'

/** The same answers as those of the resolver; each is noted once it is there. */
export function tracingResolver(resolver: Resolver, note: TakeNote): Resolver {
  async function traced<T>(
    type: string,
    name: string,
    asked: Promise<Answer<T>>,
    text: (record: T) => string,
  ): Promise<Answer<T>> {
    const answer = await asked
    note(questionNote(type, name, answer, text))
    return answer
  }

  return {
    txt: name => traced('TXT', name, resolver.txt(name), record => record),
    mx: name =>
      traced('MX', name, resolver.mx(name), ({ preference, exchange }) => `${preference} ${exchange || '.'}`),
    srv: name =>
      traced('SRV', name, resolver.srv(name), ({ priority, weight, port, target }) =>
        [priority, weight, port, target || '.'].join(' '),
      ),
    uri: name =>
      traced('URI', name, resolver.uri(name), ({ priority, weight, target }) =>
        [priority, weight, JSON.stringify(target)].join(' '),
      ),
    addresses: name => traced('A/AAAA', name, resolver.addresses(name), ({ address }) => address),
    alias: name => traced('CNAME', name, resolver.alias(name), target => target),
    pointers: name => traced('PTR', name, resolver.pointers(name), target => target),
    tlsa: name =>
      traced('TLSA', name, resolver.tlsa(name), ({ usage, selector, matchingType, association }) =>
        [usage, selector, matchingType, association.toString('hex')].join(' '),
      ),
  }
}

function questionNote<T>(
  type: string,
  name: string,
  answer: Answer<T>,
  text: (record: T) => string,
): QuestionNote {
  return {
    kind: 'question',
    type,
    name,
    answer: answer.kind,
    records: answer.kind === 'records' ? answer.records.map(text) : [],
    authentic: answer.kind !== 'temporary' && answer.authentic === true,
    ...(answer.kind === 'temporary' && { reason: answer.reason }),
  }
}
