import type { World } from '../world.ts'
import { watchArrivals } from './arrivals.ts'
import { watchBounds } from './bounds.ts'
import { noteExcuses } from './excuses.ts'
import { watchLoss } from './loss.ts'
import { watchOrder } from './order.ts'
import { watchPublication } from './publication.ts'
import { watchRefusals } from './refusals.ts'
import { watchReuse } from './reuse.ts'
import { watchSignOut } from './sign-out.ts'
import { watchUsers } from './users.ts'

/** All that may never happen, each rule in a file of its own. */
export function watchAll(world: World): void {
  for (const watch of rules) watch(world)
}

const rules = [
  noteExcuses,
  watchReuse,
  watchPublication,
  watchSignOut,
  watchUsers,
  watchOrder,
  watchLoss,
  watchArrivals,
  watchRefusals,
  watchBounds,
]
