import type { LaneEntry } from '../../shared/lane.ts'
import { svg } from '../dom.ts'

export type MarkKind = Exclude<LaneEntry['kind'], 'call'>

interface Look {
  /** Round: all is well. Pointed: something went wrong. Square: somebody did it on purpose. */
  shape: 'round' | 'pointed' | 'square'
  /** Which of the palette's colours it has. */
  tone: 'good' | 'bad' | 'shared' | 'plain'
  /** Drawn in a field of 16 by 16. */
  glyph: string
}

const looks: Readonly<Record<MarkKind, Look>> = {
  acquired: { shape: 'round', tone: 'good', glyph: 'M8 4.5v7M4.5 8h7' },
  renewed: { shape: 'round', tone: 'good', glyph: 'M11.3 6A3.8 3.8 0 1 0 11.8 9M11.6 3.8V6.3H9.1' },
  adopted: { shape: 'round', tone: 'shared', glyph: 'M8 4v5M5.5 6.7 8 9.2l2.5-2.5M4.8 11.8h6.4' },
  replayed: { shape: 'round', tone: 'good', glyph: 'M4.6 8.4 7 10.8l4.4-5.2' },
  rejected: { shape: 'pointed', tone: 'bad', glyph: 'M5.9 5.9l4.2 4.2M10.1 5.9 5.9 10.1' },
  failed: { shape: 'pointed', tone: 'bad', glyph: 'M8 4.6v4M8 10.9v.3' },
  degraded: { shape: 'pointed', tone: 'bad', glyph: 'M8 4.6v4M8 10.9v.3' },
  warning: { shape: 'pointed', tone: 'bad', glyph: 'M8 4.6v4M8 10.9v.3' },
  signInRequired: {
    shape: 'square',
    tone: 'plain',
    glyph: 'M8 4.5a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6M4.8 12c.6-1.8 1.7-2.6 3.2-2.6s2.6.8 3.2 2.6',
  },
  cleared: { shape: 'square', tone: 'plain', glyph: 'M5 8h6' },
  revoked: { shape: 'square', tone: 'plain', glyph: 'M8.9 3.6 5.6 8.6h2.2l-.7 3.8 3.3-5H8.2z' },
  cutOff: { shape: 'square', tone: 'plain', glyph: 'M3.8 8h2.4M9.8 8h2.4M6.9 10.6l2.2-5.2' },
  restored: { shape: 'square', tone: 'plain', glyph: 'M3.8 8h8.4M9.4 5.4 12.2 8l-2.8 2.6' },
}

/** A mark with its middle at 0, 0. */
export function drawMark(kind: MarkKind, title?: string): SVGGElement {
  const { shape, tone, glyph } = looks[kind]
  return svg(
    'g',
    { class: `mark tone-${tone}` },
    title !== undefined && svg('title', {}, title),
    shape === 'round'
      ? svg('circle', { r: 8 })
      : svg('rect', { x: -7, y: -7, width: 14, height: 14, rx: 3, ...(shape === 'pointed' && pointed) }),
    svg('path', { class: 'glyph', d: glyph, transform: 'translate(-8 -8)' }),
  )
}

const pointed = { transform: 'rotate(45)' }

/** The same as a picture of its own, for lists. */
export function drawIcon(kind: MarkKind): SVGSVGElement {
  return svg('svg', { class: 'icon', viewBox: '-10 -10 20 20', 'aria-hidden': 'true' }, drawMark(kind))
}
