import type { ChannelListener, Closable } from './adapter.ts'

/** How a connection that listens begins and ends. */
export interface Listening {
  /** Resolves when it listens; rejects where it cannot. Calls `life.end` when it breaks later. */
  open(life: ListeningLife): Promise<unknown>
  close(): unknown
}

export interface ListeningLife {
  readonly isOver: boolean
  end(): void
}

/**
 * The life of a connection that listens: opened once, and closed once, at the latest with the client that it was made from.
 * It is not restored when it breaks: the store opens another one, and catches up on what was missed in between.
 */
export function startListening(owner: Closable, listener: ChannelListener, listening: Listening): () => void {
  const life = {
    isOver: false,
    end(): void {
      if (life.isOver) return
      life.isOver = true
      owner.off('end', life.end)
      closeQuietly(listening)
      listener.onEnd()
    },
  }
  owner.on('end', life.end)
  listening.open(life).then(() => {
    if (!life.isOver) listener.onOpen()
  }, life.end)
  return life.end
}

/** A connection that is closed while it is being made may throw or reject, and is closed all the same. */
async function closeQuietly(listening: Listening): Promise<void> {
  try {
    await listening.close()
  } catch {}
}
