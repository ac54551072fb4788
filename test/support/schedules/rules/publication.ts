import type { Issued, Write } from '../facts.ts'
import { isHeldByPerson } from '../plan.ts'
import type { World } from '../world.ts'

// A manager waits no longer for a store to take a refresh token.
const longestWriteMs = 10_000

/** A new refresh token is in the store before anybody gets the access token that came with it; or the store did not take it. */
export function watchPublication({ facts, time, plan }: World): void {
  const writes = new Map<string, Write[]>()
  const stored = new Set<string>()
  const published = new Set<string>()
  facts.on('stored', ({ record }) => record?.token?.refreshToken && stored.add(record.token.refreshToken))
  // Where the store does not say what it holds, nothing is written that can be asked for again, or that nobody else had seen.
  const mayStayUnwritten = ({ request: { way, refreshToken } }: Issued) =>
    way === 'ask' ? !isHeldByPerson(plan.grant) : !stored.has(refreshToken?.name ?? '')
  facts.on('writing', (write) => {
    const name = write.record?.token?.accessToken
    if (name) writes.set(name, [...(writes.get(name) ?? []), write])
  })
  facts.on('served', ({ client, issued }) => {
    const { refreshToken, request, accessToken } = issued
    if (!refreshToken || refreshToken === request.refreshToken) return
    const begun = writes.get(accessToken) ?? []
    const isOver = ({ isDone, told, startedAt, client: writer }: Write) =>
      told !== 'nothing' || (isDone && writer !== client) || time.now - startedAt >= longestWriteMs
    const name = `${client.name} ${accessToken}`
    // What is served already is written later, when the store says again what it holds.
    if (published.has(name)) return
    if (begun.some(isOver) || (begun.length === 0 && mayStayUnwritten(issued))) published.add(name)
    else facts.tell('violated', `${client.name} serves ${accessToken} before its record is written`)
  })
}
