/** A relay that adds neither DKIM nor ARC, for tests of what is signed beside them. */
import type { DkimDependencies } from '../../src/service/dkim/dkim-dependencies.ts'

export const noDkim: DkimDependencies = {
  authservId: 'relay.example',
  ownDomainOf: () => undefined,
  isOwnDomain: () => true,
  isPublicSuffix: () => false,
  dkimSigners: () => [],
  dkimOf: () => 'never',
  seals: () => false,
}
