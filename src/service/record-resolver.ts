/** Our resolver in the form in which mailauth asks: values as node:dns gives them, errors with its codes. */
import type { RecordResolver } from '../admit/sender-authentication.ts'
import type { Answer, Resolver } from '../dns/resolver.ts'

export function recordResolver(resolver: Resolver): RecordResolver {
  return async (name, type) => {
    switch (type.toUpperCase()) {
      case 'TXT':
        return recordsOf(name, await resolver.txt(name), text => [text])
      case 'MX':
        return recordsOf(name, await resolver.mx(name), mx => ({
          exchange: mx.exchange,
          priority: mx.preference,
        }))
      case 'A':
      case 'AAAA':
        return addressesOf(name, resolver, type.toUpperCase() === 'A' ? 4 : 6)
      default:
        throw codedError('ENODATA', `${name}: ${type} records are not asked for`)
    }
  }
}

async function addressesOf(name: string, resolver: Resolver, family: 4 | 6): Promise<string[]> {
  const all = recordsOf(name, await resolver.addresses(name), record => record)
  const ofFamily = all.filter(record => record.family === family).map(record => record.address)
  if (ofFamily.length === 0) throw codedError('ENODATA', `${name} has no address of family ${family}`)
  return ofFamily
}

function recordsOf<T, R>(name: string, answer: Answer<T>, map: (record: T) => R): R[] {
  if (answer.kind === 'records') return answer.records.map(map)
  if (answer.kind === 'absent') throw codedError('ENOTFOUND', `${name} does not exist`)
  throw codedError('ETIMEOUT', answer.reason)
}

function codedError(code: string, text: string): Error {
  return Object.assign(new Error(text), { code })
}
