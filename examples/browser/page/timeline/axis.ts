import { svg } from '../dom.ts'
import { gridOffsets, type Stretch } from './track.ts'
import { formatDuration } from './words.ts'

/** Two lives of a token back and one ahead; on a phone about half of it. */
export function chooseStretch(lifetimeMs: number, width: number): Stretch {
  const share = width < 480 ? 0.55 : 1
  return { pastMs: lifetimeMs * 2 * share, futureMs: lifetimeMs * 1.1 * share }
}

/** Writes the time below (or above) a track of this width. */
export function drawAxis(axis: SVGSVGElement, width: number, stretch: Stretch): void {
  const { pastMs, futureMs } = stretch
  const pxPerMs = width / (pastMs + futureMs)
  axis.setAttribute('viewBox', `0 0 ${Math.max(1, width)} 22`)
  const labels = gridOffsets(stretch).map((ms) => {
    const x = (pastMs + ms) * pxPerMs
    const anchor = x < 24 ? 'start' : x > width - 24 ? 'end' : 'middle'
    const text = ms === 0 ? 'now' : `${ms < 0 ? '−' : '+'}${formatDuration(Math.abs(ms))}`
    return svg('text', { x, y: 15, 'text-anchor': anchor, class: ms === 0 ? 'axis-now' : undefined }, text)
  })
  axis.replaceChildren(...labels)
}
