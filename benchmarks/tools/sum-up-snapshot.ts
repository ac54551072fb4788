/** What V8 writes as a heap snapshot: flat rows of numbers, whose fields `meta` names. */
export interface Snapshot {
  snapshot: {
    meta: { node_fields: string[]; node_types: [string[], ...unknown[]]; edge_fields: string[]; edge_types: [string[], ...unknown[]] }
  }
  nodes: number[]
  edges: number[]
  strings: string[]
}

export type KindTotals = Map<string, { count: number; bytes: number }>

/**
 * Adds up the nodes of a snapshot by kind. Plain objects and closures' contexts are told apart by the names of what
 * they hold, and texts, numbers and arrays by the name under which they are held: their own says nothing.
 */
export function sumUpByKind(snapshot: Snapshot): KindTotals {
  const { meta } = snapshot.snapshot
  const width = meta.node_fields.length
  const [type, name, size] = ['type', 'name', 'self_size'].map((field) => meta.node_fields.indexOf(field)) as [number, number, number]
  const { holds, heldAs } = readEdges(snapshot)
  const totals: KindTotals = new Map()
  for (let node = 0; node < snapshot.nodes.length; node += width) {
    const nodeType = meta.node_types[0][snapshot.nodes[node + type] as number] as string
    const nodeName = (snapshot.strings[snapshot.nodes[node + name] as number] as string).slice(0, 50)
    const kind = describe(nodeType, nodeName, holds[node / width], heldAs[node / width])
    const total = totals.get(kind) ?? { count: 0, bytes: 0 }
    total.count++
    total.bytes += snapshot.nodes[node + size] as number
    totals.set(kind, total)
  }
  return totals
}

function describe(type: string, name: string, holds: string | undefined, heldAs: string | undefined): string {
  if (/Object|Context/.test(name)) return `${name.replace('system / ', '')} { ${holds ?? ''} }`
  if (/string|number|array|hidden/.test(type) || name === 'Array') return `${type} as ${heldAs ?? '?'}`
  return name === '' ? `${type} as ${heldAs ?? '?'}` : `${type} ${name}`
}

/** By number of node: the names of what it holds, and the name under which it is held first. */
function readEdges({ snapshot: { meta }, nodes, edges, strings }: Snapshot): { holds: string[]; heldAs: string[] } {
  const nodeWidth = meta.node_fields.length
  const edgeWidth = meta.edge_fields.length
  const edgeCountAt = meta.node_fields.indexOf('edge_count')
  const holds: string[] = []
  const heldAs: string[] = []
  let edge = 0
  for (let node = 0; node < nodes.length; node += nodeWidth) {
    const names: string[] = []
    for (const end = edge + (nodes[node + edgeCountAt] as number) * edgeWidth; edge < end; edge += edgeWidth) {
      const edgeType = meta.edge_types[0][edges[edge] as number] as string
      if (edgeType === 'weak' || edgeType === 'shortcut') continue
      const isNumbered = edgeType === 'element' || edgeType === 'hidden'
      const edgeName = isNumbered ? '[]' : (strings[edges[edge + 1] as number] as string)
      if (/^(map|__proto__|scope_info|previous|native_context|shared|feedback_cell|code)$/.test(edgeName)) continue
      if (edgeType === 'property' || edgeType === 'context') names.push(edgeName)
      heldAs[(edges[edge + 2] as number) / nodeWidth] ??= edgeName
    }
    holds[node / nodeWidth] = [...new Set(names)].slice(0, 8).join(', ')
  }
  return { holds, heldAs }
}
