/** The wire profiles. Adding one is adding its folder, its names to names.ts, and itself here. */

import type { ProfileId } from '../model.ts'
import type { Reading, WireProfile } from '../profile.ts'
import { mailversion } from './mailversion/profile.ts'
import { messageInstance } from './message-instance/profile.ts'
import { profileIds } from './names.ts'

const byId: { readonly [Id in ProfileId]: WireProfile } = {
  mailversion,
  'message-instance': messageInstance,
}

/** Each in its newest revision. */
export const profiles: ReadonlyMap<ProfileId, WireProfile> = new Map(profileIds.map(id => [id, byId[id]]))

/** Gives the profile to read a message in. */
export type ProfileSource = (id: ProfileId) => WireProfile

/** As a source, for a reader that does not read every profile: undefined for one that is passed over. */
export type ProfileChoice = (id: ProfileId) => WireProfile | undefined

/** The profiles as a reader wants them. */
export function profileSource(reading: Reading): ProfileSource {
  return id => byId[id].under(reading)
}
