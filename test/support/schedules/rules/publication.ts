import type { Write } from '../facts.ts'
import type { World } from '../world.ts'

// A manager waits no longer for a store.
const longestWriteMs = 5_000

/** A new refresh token is in the store before anybody gets the access token that came with it; or the store did not take it. */
export function watchPublication({ facts, time }: World): void {
  const writes = new Map<string, Write[]>()
  const note = (write: Write) => {
    const name = write.record?.token?.accessToken
    if (name) writes.set(name, [...(writes.get(name) ?? []), write])
  }
  facts.on('stored', note)
  facts.on('told', note)
  facts.on('served', ({ client, issued }) => {
    const { refreshToken, request, accessToken } = issued
    if (!refreshToken || refreshToken === request.refreshToken) return
    const isTold = ({ isDone, told, startedAt }: Write) =>
      told === 'saved' || told === 'refused' || (isDone && request.client !== client) || time.now - startedAt >= longestWriteMs
    // An outcome that nobody knows may have come at once.
    const isKnown = writes.get(accessToken)?.some((write) => isTold(write) || write.told === 'unknown')
    if (!isKnown) facts.tell('violated', `${client.name} serves ${accessToken} before its record is written`)
  })
}
