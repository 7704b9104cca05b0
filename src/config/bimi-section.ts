/** Settings of a domain about the image that programs of its readers show beside a message. */
import { z } from 'zod'

export const bimiSettings = {
  bimi: z
    .strictObject({
      selector: z
        .string()
        .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a selector such as 'ed'")
        .describe(
          'Selector of the key of this domain that signs them, of those that sign its mail; `keys dns` prints the record at `<selector>._local._bimi.<domain>`.',
        ),
      authority: z
        .enum(['required', 'optional'])
        .default('required')
        .describe(
          'Whether an image counts only with a certificate for it (`a=` of the BIMI record, a VMC or CMC), or also without one, where nobody but its domain says whose it is.',
        ),
    })
    .exactOptional()
    .describe(
      'People read what goes to aliases of this domain with programs that show an image beside a message (draft-brotman-bimi-mua-00). Where DMARC passes and the domain in From publishes one by BIMI, each copy gets BIMI-Location, BIMI-Indicator, BIMI-Receiver-Information for the address it came to, and BIMI-Receiver-Signature; SPF, DKIM and DMARC are looked up for every message then. Absent: no copy gets them.',
    ),
}
