/** Loaded into the relay's process before anything else, so that it does not outlive a bench that was killed. */
import { endWithParent } from './orders.ts'

endWithParent()
