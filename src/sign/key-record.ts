/** The text of a key record, under the name that the signing stage calls it by. */
export { keyRecordText as keyRecord } from '../dkim2/key-record.ts'
