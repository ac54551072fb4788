import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Row {
  readonly payload: AdapterPayload
  readonly expiresAt: number
}

/** What the authorization server remembers, in memory. */
export function createVisitorStorage(): { adapter: (model: string) => Adapter; forget(model: string): void } {
  const models = new Map<string, Map<string, Row>>()
  const rowsOf = (model: string): Map<string, Row> => {
    const rows = models.get(model) ?? new Map<string, Row>()
    models.set(model, rows)
    return rows
  }
  return {
    adapter: (model) => createAdapter(rowsOf(model), models),
    /** All of one kind: access tokens that are not remembered are worth nothing. */
    forget: (model) => rowsOf(model).clear(),
  }
}

function createAdapter(rows: Map<string, Row>, models: ReadonlyMap<string, Map<string, Row>>): Adapter {
  const findBy = async (matches: (payload: AdapterPayload, id: string) => boolean): Promise<AdapterPayload | undefined> => {
    for (const [id, { payload, expiresAt }] of rows) if (matches(payload, id) && Date.now() < expiresAt) return payload
    return undefined
  }
  return {
    async upsert(id, payload, expiresIn) {
      rows.set(id, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Number.POSITIVE_INFINITY })
    },
    find: (id) => findBy((_, other) => other === id),
    findByUid: (uid) => findBy((payload) => payload.uid === uid),
    findByUserCode: (userCode) => findBy((payload) => payload.userCode === userCode),
    async consume(id) {
      const row = rows.get(id)
      if (row) row.payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      rows.delete(id)
    },
    async revokeByGrantId(grantId) {
      for (const others of models.values()) {
        for (const [id, { payload }] of others) if (payload.grantId === grantId) others.delete(id)
      }
    },
  }
}
