import type { Client, Excuse, Issued } from '../facts.ts'
import type { World } from '../world.ts'

/**
 * No client goes from a newer to an older token of one family, where refresh tokens make it a chain. Contexts whose grant
 * uses up nothing go on without the lock, and then what was asked for first may come last.
 */
export function watchOrder({ facts }: World): void {
  const last = new Map<Client, Issued>()
  facts.on('served', ({ client, issued }) => {
    const before = last.get(client)
    last.set(client, issued)
    if (!before || !issued.refreshToken || before.family !== issued.family || before.number <= issued.number) return
    const what = `${client.name} goes from ${before.accessToken} to ${issued.accessToken}`
    const excuse = [...(issued.refreshToken?.excusedBy ?? [])].find((name) => restoring.includes(name))
    if (excuse) facts.tell('excused', { excuse, why: what })
    else facts.tell('violated', what)
  })
}

// By these an older record may take the place of a newer one.
const restoring: readonly Excuse[] = ['write of unknown outcome', 'holder suspended past its lease']
