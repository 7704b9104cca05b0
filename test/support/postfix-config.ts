/** The files of a Postfix for tests: main.cf, master.cf and the tables, all in one temporary folder. */
import { join } from 'node:path'

/** Where Postfix sends mail for a destination. */
export interface PostfixRoute {
  /** Default '127.0.0.1'. */
  readonly host?: string
  readonly port: number
  /** `opportunistic` leaves it to `smtp_tls_security_level`, which is `none` unless set. Default. */
  readonly tls?: 'opportunistic' | 'starttls' | 'implicit'
}

export interface PostfixSettings {
  /** Default 'mx.postfix.example'. */
  readonly hostname?: string
  /** TLS of its listeners, in the order of `ports`. Default: one without. */
  readonly listeners?: readonly ('none' | 'starttls' | 'implicit')[]
  /** Needed by listeners with TLS. */
  readonly certificate?: { readonly key: string; readonly cert: string }
  /** Domains that it takes mail for from anybody. */
  readonly relayDomains?: readonly string[]
  /** True: it relays for every client, as the server of a sender does. */
  readonly isTrusting?: boolean
  /** By address, domain, or '*' for all the rest. A string is a transport of Postfix, such as `discard:` or `smtp:mx.example`. */
  readonly routes?: Readonly<Record<string, PostfixRoute | string>>
  /** Recipients that are accepted and bounce afterwards, with status and text: `5.1.1 no such mailbox`. */
  readonly failures?: Readonly<Record<string, string>>
  /** Recipients (or domains) refused at RCPT, with the reply: `550 5.1.1 no such user`. */
  readonly refusedRecipients?: Readonly<Record<string, string>>
  /** Recipients (or domains) refused at the end of data; they have to be the only one of their message. */
  readonly refusedMessages?: Readonly<Record<string, string>>
  /** Further settings of main.cf; they win. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Name of each file under the folder, with its content. */
export function postfixFiles(
  settings: PostfixSettings,
  folder: string,
  ports: readonly number[],
): Readonly<Record<string, string>> {
  const { certificate, failures = {}, routes = {} } = settings
  const bounced = Object.entries(failures).map(([address, text]) => [address, `error:${text}`] as const)
  const routed = Object.entries(routes).map(([name, route]) => [name, transportOf(route)] as const)
  return {
    'etc/main.cf': lines(
      Object.entries(mainSettings(settings, folder)).map(([name, value]) => `${name} = ${value}`),
    ),
    'etc/master.cf': lines([
      ...ports.map((port, at) => listenerLine(port, settings.listeners?.[at] ?? 'none')),
      ...services,
    ]),
    'etc/transport': table([...bounced, ...routed]),
    'etc/refused-recipients': table(Object.entries(settings.refusedRecipients ?? {})),
    'etc/refused-messages': table(Object.entries(settings.refusedMessages ?? {})),
    ...(certificate && { 'etc/key.pem': certificate.key, 'etc/cert.pem': certificate.cert }),
  }
}

/** Folders of its queue, and who else than the user postfix may use them. */
export const postfixQueueFolders: readonly { readonly name: string; readonly mode: number }[] = [
  ...['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming'],
  ...['saved', 'trace', 'private'],
]
  .map(name => ({ name, mode: 0o700 }))
  .concat({ name: 'maildrop', mode: 0o730 }, { name: 'public', mode: 0o710 }, { name: 'pid', mode: 0o755 })

function mainSettings(settings: PostfixSettings, folder: string): Record<string, string> {
  const file = (name: string) => join(folder, 'etc', name)
  const { certificate, hostname = 'mx.postfix.example' } = settings
  return {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    daemon_directory: postfixDaemons,
    command_directory: '/usr/sbin',
    maillog_file: join(folder, 'log', 'mail.log'),
    maillog_file_prefixes: join(folder, 'log'),
    myhostname: hostname,
    mydestination: '',
    local_transport: 'error:5.1.1 no mailbox here',
    alias_maps: '',
    alias_database: '',
    inet_interfaces: 'loopback-only',
    inet_protocols: 'ipv4',
    mynetworks: settings.isTrusting === true ? '127.0.0.0/8' : '',
    relay_domains: (settings.relayDomains ?? []).join(', '),
    smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
    // What goes to the error transport would be refused at RCPT already.
    smtpd_reject_unlisted_recipient: 'no',
    smtpd_recipient_restrictions: `check_recipient_access texthash:${file('refused-recipients')}`,
    smtpd_end_of_data_restrictions: `check_recipient_access texthash:${file('refused-messages')}`,
    transport_maps: `texthash:${file('transport')}`,
    // Names are not looked up: the name server of the machine knows nothing of the test.
    smtpd_peername_lookup: 'no',
    smtp_dns_support_level: 'disabled',
    smtp_host_lookup: 'native',
    notify_classes: '',
    // Clients on this machine are strangers, as on the Internet: nothing is added to their messages.
    local_header_rewrite_clients: '',
    minimal_backoff_time: '1s',
    maximal_backoff_time: '1s',
    queue_run_delay: '1s',
    ...(certificate && { smtpd_tls_key_file: file('key.pem'), smtpd_tls_cert_file: file('cert.pem') }),
    ...settings.settings,
  }
}

/** Where Debian keeps the daemons. */
export const postfixDaemons = '/usr/lib/postfix/sbin'

function listenerLine(port: number, tls: 'none' | 'starttls' | 'implicit'): string {
  const options = {
    none: '-o smtpd_tls_security_level=none',
    starttls: '-o smtpd_tls_security_level=may',
    implicit: '-o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt',
  }
  return `127.0.0.1:${port} inet n - n - - smtpd ${options[tls]}`
}

function transportOf(route: PostfixRoute | string): string {
  if (typeof route === 'string') return route
  const transport = { opportunistic: 'smtp', starttls: 'smtp-starttls', implicit: 'smtp-implicit' }
  return `${transport[route.tls ?? 'opportunistic']}:[${route.host ?? '127.0.0.1'}]:${route.port}`
}

/** Nothing runs in a chroot, so that the folder needs no copies of system files. */
const services = [
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'proxymap unix - - n - - proxymap',
  'smtp unix - - n - - smtp',
  'smtp-starttls unix - - n - - smtp -o smtp_tls_security_level=encrypt',
  'smtp-implicit unix - - n - - smtp -o smtp_tls_wrappermode=yes -o smtp_tls_security_level=encrypt',
  'relay unix - - n - - smtp',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'anvil unix - - n - 1 anvil',
  'scache unix - - n - 1 scache',
  'postlog unix-dgram n - n - 1 postlogd',
]

function table(entries: readonly (readonly [key: string, value: string])[]): string {
  return lines(entries.map(([key, value]) => `${key} ${value}`))
}

function lines(all: readonly string[]): string {
  return all.map(line => `${line}\n`).join('')
}
