import { Events } from '../../src/base/events.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { GuardedStore, type StoreOwner } from '../../src/token/guarded-store.ts'
import { TokenKeeper } from '../../src/token/token-keeper.ts'
import type { TokenStore } from '../../src/token/token-store.ts'
import { eventNames } from './event-names.ts'
import { createScriptedSource, type ScriptedSource, type ScriptedSourceOptions } from './scripted-source.ts'

export interface KeeperSetup extends Partial<ScriptedSourceOptions> {
  store?: TokenStore
  /** Whether the store is used: else the token lives in its keeper alone. */
  isStored?: boolean
  source?: ScriptedSource
  isScheduled?: boolean
  key?: () => Promise<string>
}

/** A keeper over a scripted source, on the fake time of the test (`Date`). */
export function createKeeper({ store = memoryStore(), isStored = true, isScheduled = false, key, source, ...options }: KeeperSetup = {}) {
  const now = options.now ?? Date.now
  const scripted = source ?? createScriptedSource({ ...options, now })
  const events = new Events({ now })
  const heard: string[] = []
  for (const name of eventNames) events.on(name, () => heard.push(name))
  const onDegraded: StoreOwner['onDegraded'] = (operation) => events.emit('degraded', { operation, reason: undefined })
  const keeper = new TokenKeeper({
    events,
    source: scripted,
    openStore: async () => (isStored ? new GuardedStore(store, (await key?.()) ?? 'tokenwell:2:test', { onDegraded }) : undefined),
    onTokenRequest: () => {},
    window: {},
    isScheduled,
    now,
  })
  return { keeper, source: scripted, events, heard, store }
}
