import type { World } from '../world.ts'

/** What has arrived while a loop was blocked is used, and not asked for again; and no store counts as failing for it. */
export function watchArrivals({ facts, plan }: World): void {
  facts.on('thrownAway', ({ client, number, refreshToken, code }) => {
    // A request that uses up nothing may be ended for good reason.
    if (refreshToken || code !== undefined)
      facts.tell('violated', `${client.name} throws away the reply to request ${number}, which had arrived`)
  })
  facts.on('event', ({ client, name, event }) => {
    if (name === 'degraded' && !plan.groups.has('store'))
      facts.tell('violated', `${client.name} takes a working store for failing: ${String(event['operation'])}`)
  })
}
