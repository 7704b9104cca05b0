/** The configuration of a Sendmail for tests, as input for m4: everything in one folder, nothing is looked up in DNS. */
import { join } from 'node:path'
import { programsFolder } from './debian-programs.ts'
import type { FarServerSettings } from './far-server.ts'

export function sendmailConfig(settings: FarServerSettings, folder: string): string {
  const macros = join(programsFolder, 'usr/share/sendmail/cf')
  const defined = {
    confDOMAIN_NAME: 'mx.second.example',
    confPID_FILE: `${folder}/sendmail.pid`,
    QUEUE_DIR: `${folder}/queue`,
    STATUS_FILE: `${folder}/statistics`,
    HELP_FILE: `${folder}/helpfile`,
    confCW_FILE: `-o ${folder}/local-host-names`,
    confCR_FILE: `-o ${folder}/relay-domains`,
    confSERVICE_SWITCH_FILE: `${folder}/service.switch`,
    confDONT_PROBE_INTERFACES: 'true',
    confTO_IDENT: '0s',
    confBIND_OPTS: '',
    confMIN_QUEUE_AGE: '0s',
    confCONNECTION_CACHE_SIZE: '0',
    // It would refuse connections while other tests keep the machine busy.
    confQUEUE_LA: '1000',
    confREFUSE_LA: '1000',
    confDELAY_LA: '0',
  }
  const mailer = (name: string, port: number) =>
    `M${name},\tP=[IPC], F=mDFMuXa, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h ${port}`
  const route = (domain: string, name: string) => {
    const [label, ...rest] = domain.split('.')
    const tokens = [label, ...rest].join(' . ')
    return ['', ' .'].map(
      end => `R$* < @ ${tokens}${end} > $*\t$#${name} $@ [127.0.0.1] $: $1 < @ ${domain}. > $2`,
    )
  }
  const refuse = (address: string) => {
    const [local = '', domain = ''] = address.split('@')
    const tokens = domain.split('.').join(' . ')
    return ['', ' .'].map(
      end => `R${local} < @ ${tokens}${end} > $*\t$#error $@ 5.1.1 $: "550 no such user here"`,
    )
  }
  return [
    `define(\`_CF_DIR_', \`${macros}/')dnl`,
    `include(\`${macros}/m4/cf.m4')dnl`,
    "OSTYPE(`linux')dnl",
    ...Object.entries(defined).map(([name, value]) => `define(\`${name}', \`${value}')dnl`),
    "undefine(`ALIAS_FILE')dnl",
    ...['no_default_msa', 'nocanonify', 'accept_unresolvable_domains', 'promiscuous_relay'].map(
      name => `FEATURE(\`${name}')dnl`,
    ),
    `DAEMON_OPTIONS(\`Name=MTA, Family=inet, Addr=127.0.0.1, Port=${settings.port}')dnl`,
    "MAILER(`smtp')dnl",
    'MAILER_DEFINITIONS',
    mailer('far', settings.farPort),
    mailer('back', settings.backPort),
    'LOCAL_RULE_0',
    ...route('second.example', 'far'),
    ...route(settings.backDomain, 'back'),
    'LOCAL_RULESETS',
    'SLocal_check_rcpt',
    'R$*\t$: $>3 $1',
    ...(settings.refused ?? []).flatMap(refuse),
    '',
  ].join('\n')
}
