/**
 * The configuration of this relay. `dkim2-relay check` looks it over; every setting, with its meaning, unit and default, stands in
 * docs/configuration.md of the package.
 */
import { defineConfig } from 'dkim2-relay/config'

export default defineConfig({
  // Name of this host in its greeting and in the fields that it adds; it resolves to the address that mail comes from.
  hostname: 'relay.alias.example',
  // The queue, the messages and the hop log; the private keys. Both folders are for the user of the relay alone.
  dataDirectory: '/var/lib/dkim2-relay/data',
  keysDirectory: '/var/lib/dkim2-relay/keys',
  // Who reads the mail for postmaster of the domains below (RFC 5321 demands that somebody does).
  postmaster: 'admin@destination.example',
  // Without a certificate: { certificateFile: '...', keyFile: '...' } a self-signed one is shown, which is for development.
  listeners: [
    {
      name: 'mx',
      address: '::',
      port: 25,
      tls: 'starttls',
      certificate: { certificateFile: '/etc/dkim2-relay/cert.pem', keyFile: '/etc/dkim2-relay/key.pem' },
    },
    {
      name: 'smtps',
      address: '::',
      port: 842,
      tls: 'implicit',
      certificate: { certificateFile: '/etc/dkim2-relay/cert.pem', keyFile: '/etc/dkim2-relay/key.pem' },
    },
  ],
  // Each alias leads to one or more addresses; '*' takes what has no alias of its own.
  domains: {
    'alias.example': {
      aliases: {
        team: ['first@destination.example', 'second@other.example'],
        '*': ['archive@destination.example'],
      },
    },
  },
})
