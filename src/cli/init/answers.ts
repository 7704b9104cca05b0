/** What `init` has to know, from its options and from answers to questions. */
import { z } from 'zod'
import { aliasLocalPart, domainName, ipAddress, mailboxAddress } from '../../config/fields.ts'
import { UsageError } from '../terminal.ts'
import type { Question, Questions } from './questions.ts'

export interface InitOptions {
  readonly hostname?: string
  readonly domain?: readonly string[]
  readonly alias?: readonly string[]
  readonly postmaster?: string
  readonly address?: string
  readonly port?: string
  readonly tlsPort?: string
  readonly yes?: true
}

export interface Alias {
  readonly domain: string
  readonly localPart: string
  readonly targets: readonly string[]
}

export interface Answers {
  readonly hostname: string
  readonly domains: readonly string[]
  readonly aliases: readonly Alias[]
  /** Empty: nobody. */
  readonly postmaster: string
  readonly address: string
  readonly port: number
  /** 0: no such listener. */
  readonly tlsPort: number
}

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'a TCP port')
  .transform(Number)
  .pipe(z.int().max(65_535, 'a TCP port'))

const hostnameQuestion: Question<string> = {
  flag: '--hostname',
  text: 'Name of this host in DNS, such as relay.example.org',
  form: domainName,
}

const domainsQuestion: Question<string[]> = {
  flag: '--domain',
  text: 'Domains that it takes mail for, separated by spaces',
  form: z
    .string()
    .transform(text => text.split(/[\s,]+/).filter(name => name !== ''))
    .pipe(z.array(domainName).min(1, 'at least one domain such as alias.example')),
}

const postmasterQuestion: Question<string> = {
  flag: '--postmaster',
  text: 'Who reads the mail for postmaster of these domains, an address elsewhere (empty: nobody)',
  usual: '',
  form: z.literal('').or(mailboxAddress),
}

const addressQuestion: Question<string> = {
  flag: '--address',
  text: 'IP address to listen on (:: is every address)',
  usual: '::',
  form: ipAddress,
}

const portQuestion: Question<number> = {
  flag: '--port',
  text: 'Port for mail with STARTTLS (0: any that is free)',
  usual: '25',
  form: port,
}

const tlsPortQuestion: Question<number> = {
  flag: '--tls-port',
  text: 'Port for mail with TLS from the first octet (0: none)',
  usual: '842',
  form: port,
}

/**
 * What the options do not say is asked for, or with `--yes` taken as usual.
 *
 * @throws UsageError for an option that is wrong, or where an answer is needed and there is none
 */
export async function gatherAnswers(options: InitOptions, questions: Questions): Promise<Answers> {
  const hostname = await questions.answer(hostnameQuestion, options.hostname)
  const domains = await questions.answer(domainsQuestion, options.domain?.join(' '))
  return {
    hostname,
    domains,
    aliases:
      options.alias === undefined
        ? await askAliases(domains, questions)
        : options.alias.map(text => aliasOption(text, domains)),
    postmaster: await questions.answer(postmasterQuestion, options.postmaster),
    address: await questions.answer(addressQuestion, options.address),
    port: await questions.answer(portQuestion, options.port),
    tlsPort: await questions.answer(tlsPortQuestion, options.tlsPort),
  }
}

function aliasOption(text: string, domains: readonly string[]): Alias {
  const [, localPart = '', domain = '', targets = ''] = /^(.+)@([^@=]+)=(.+)$/.exec(text) ?? []
  if (!domains.includes(domain.toLowerCase())) {
    throw new UsageError(
      `--alias ${text}: expected ADDRESS=TARGET,TARGET with an address in one of the domains (${domains.join(', ')})`,
    )
  }
  const parsed = aliasForm.safeParse(`${localPart}=${targets}`)
  if (!parsed.success) throw new UsageError(`--alias ${text}: expected ${parsed.error.issues[0]?.message}`)
  return { domain: domain.toLowerCase(), ...parsed.data }
}

const aliasForm = z
  .string()
  .regex(/^[^=]+=.+$/, 'NAME=TARGET,TARGET such as team=one@destination.example')
  .transform(text => {
    const equals = text.lastIndexOf('=', text.indexOf('@') < 0 ? undefined : text.indexOf('@'))
    return { localPart: text.slice(0, equals).trim(), targets: text.slice(equals + 1).split(/[\s,]+/) }
  })
  .pipe(z.object({ localPart: aliasLocalPart, targets: z.array(mailboxAddress).min(1) }))

/** An empty answer ends the aliases of a domain. */
async function askAliases(domains: readonly string[], questions: Questions): Promise<Alias[]> {
  const aliases: Alias[] = []
  for (const domain of domains) {
    for (;;) {
      const answer = await questions.answer({
        flag: '--alias',
        text: `An alias of ${domain}, such as team=one@destination.example,two@other.example (empty: no more)`,
        usual: '',
        form: z.literal('').or(aliasForm),
      })
      if (answer === '') break
      aliases.push({ domain, ...answer })
    }
  }
  return aliases
}
