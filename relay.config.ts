/**
 * The configuration of this relay. Change it and start again: `npm start`.
 * Every setting, with its meaning, unit and default: docs/configuration.md. `npm run -s relay -- check` looks it over.
 */
import { defineConfig } from './src/config/schema.ts'

export default defineConfig({
  // Name of this machine in the greeting and in the fields that the relay adds.
  hostname: 'relay.alias.example',

  // Both folders are made at the first start: the queue with the hop log, and the private keys.
  dataDirectory: './data',
  keysDirectory: './keys',

  // On loopback and on ports that need no privileges, so that it runs at once. In earnest: address '::', ports 25
  // (starttls) and 842 (implicit), and a certificate: { certificateFile: '...', keyFile: '...' }.
  listeners: [
    { name: 'mx', address: '127.0.0.1', port: 2525, tls: 'starttls' },
    { name: 'smtps', address: '127.0.0.1', port: 8420, tls: 'implicit' },
  ],

  // Who reads the mail for postmaster of the domains below (RFC 5321 demands that somebody does).
  postmaster: 'postmaster@destination.example',

  domains: {
    'alias.example': {
      aliases: {
        // team@alias.example goes on to each of these addresses, as a copy of its own with a signature of its own.
        team: ['first@destination.example', 'second@destination.example'],
        // Every other address of the domain. Without this line unknown addresses are refused.
        // '*': ['archive@destination.example'],
      },
      // So that a first message from you@origin.example, a domain that does not exist, is taken. In earnest: leave this line out.
      admit: { unknownSenders: 'accept' },
    },
  },

  routes: {
    // Instead of asking DNS where the mail for destination.example goes, write it into files to look at.
    'destination.example': 'file:./data/inbox',
    // Or hand it to a certain host:
    // 'destination.example': { host: 'mail.destination.example', port: 25, tls: 'starttls-required' },
  },
})
