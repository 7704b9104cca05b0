/** The configuration of an Exim for tests: everything in one folder, nothing is looked up in DNS. */
import type { FarServerSettings } from './far-server.ts'

export function eximConfig(settings: FarServerSettings, folder: string, program: string): string {
  const refused = settings.refused ?? []
  const deny =
    refused.length === 0
      ? ''
      : `  deny\n    recipients = ${refused.join(' : ')}\n    message = no such user here\n`
  const transport = (name: string, port: number) =>
    `${name}:\n  driver = smtp\n  port = ${port}\n  hosts_avoid_tls = *\n  hosts_try_dane =\n`
  const router = (name: string, domain: string) =>
    `${name}:\n  driver = manualroute\n  domains = ${domain}\n  route_list = * 127.0.0.1\n  transport = ${name}\n  self = send\n`
  return `primary_hostname = mx.second.example
exim_path = ${program}
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/log/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${settings.port}
tls_advertise_hosts =
keep_environment = LD_LIBRARY_PATH : PATH
deliver_drop_privilege = true
host_lookup =
rfc1413_query_timeout = 0s
check_spool_space = 0
check_log_space = 0
acl_smtp_rcpt = recipients
begin acl
recipients:
${deny}  accept
begin routers
${router('far', 'second.example')}${router('back', settings.backDomain)}begin transports
${transport('far', settings.farPort)}${transport('back', settings.backPort)}begin retry
* * F,1h,1s
`
}
