import { element } from '../dom.ts'
import { drawIcon, type MarkKind } from './marks.ts'

/** The items of a list that says what the pictures mean. */
export function drawLegend(): HTMLElement[] {
  const bars = ['fresh', 'aging', 'expired', 'rejected', 'outage'] as const
  const names = { fresh: 'fresh', aging: 'aging', expired: 'expired', rejected: 'rejected', outage: 'server cut off' }
  const marks: [MarkKind, string][] = [
    ['acquired', 'got'],
    ['renewed', 'renewed'],
    ['replayed', 'recovered'],
    ['adopted', 'adopted'],
    ['failed', 'failed'],
  ]
  return [
    ...bars.map((kind) => element('li', {}, element('span', { class: `swatch ${kind}` }), names[kind])),
    element('li', {}, element('span', { class: 'swatch call' }), 'API call'),
    ...marks.map(([kind, name]) => element('li', {}, drawIcon(kind), name)),
  ]
}
