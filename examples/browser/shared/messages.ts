import type { TokenStatus } from 'tokenwell'
import type { LaneEntry, LaneId } from './lane.ts'

/** What the page has to know before it begins. Nothing in it is secret. */
export interface PageConfig {
  /** How long the emulated tokens live, ms: the timeline is as long as a few of them. */
  lifetimeMs: number
  /** How often the page renews its lists, ms. */
  pollMs: number
  /** How long «Cut the server off» lasts, ms. */
  outageMs: number
  visitor: {
    clientId: string
    scope: string
    redirectUri: string
    issuer: string
    authorizationUrl: string
    tokenUrl: string
    /** Says who is signed in. */
    profileUrl: string
  }
}

/** Who is signed in to this browser's session on the server. */
export interface SessionState {
  user?: string
  /** Why the last sign-in did not succeed; told once. */
  notice?: string
}

/** The first message of an event stream: all there is to know. */
export interface Snapshot {
  /** The server's clock: the page's may differ. */
  now: number
  session: Pick<SessionState, 'user'>
  lanes: { id: LaneId; entries: readonly LaneEntry[]; status?: TokenStatus }[]
}

/** Sent once for each entry. */
export interface EntryMessage {
  lane: LaneId
  entry: LaneEntry
  status?: TokenStatus
}

/** Sent each second: states change with time alone. */
export interface StatusMessage {
  now: number
  statuses: Partial<Record<LaneId, TokenStatus>>
}

export interface Disturbance {
  act: 'revoke' | 'cutOff' | 'restore'
  lane: LaneId | 'all'
}
