import { svg } from '../dom.ts'

const stateShapes: Readonly<Record<string, string>> = {
  fresh: 'M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1z',
  aging: 'M6 1a5 5 0 1 1 0 10z',
  expired: 'M6 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4z',
  rejected: 'M3 3l6 6M9 3 3 9',
  absent: 'M4 6h4',
}

/** The state of a token as a shape, beside its name. */
export function stateIcon(state: string): SVGSVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 12 12', 'aria-hidden': 'true' },
    svg('circle', { cx: 6, cy: 6, r: 5, class: 'state-ring' }),
    svg('path', { d: stateShapes[state] }),
  )
}
