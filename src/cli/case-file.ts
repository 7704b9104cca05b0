/** The format of cases.json, the list of test messages with what verification is expected to say. */
import { z } from 'zod'
import { revisions } from '../dkim2/profile.ts'

const state = z.enum(['pass', 'fail', 'permerror', 'temperror', 'none'])

/** A file name without a folder: the messages lie in `messages/`. */
const messageFile = z.string().regex(/^[^/\\]+$/, 'expected a file name without a folder')

/** Members that are not listed are left out: other implementations keep notes of their own in their cases. */
export const caseFile = z.array(
  z.object({
    name: z.string(),
    file: messageFile,
    mail_from: z.string(),
    rcpt_to: z.array(z.string()),
    expected: state,
    now: z.number(),
    strict: z.boolean().exactOptional(),
    revision: z.enum(revisions).exactOptional(),
    comments: z.string().exactOptional(),
  }),
)
