import { element, setText } from '../../examples/browser/page/dom.ts'
import base from '../../examples/browser/page/styles/base.css?inline'
import timeline from '../../examples/browser/page/styles/timeline.css?inline'
import { cameraProfile } from './camera-api.ts'
import own from './playground.css?inline'
import { Playground } from './playground.ts'
import { Controls } from './view/controls.ts'
import { Life } from './view/life.ts'
import { Requests } from './view/requests.ts'
import { Setup } from './view/setup.ts'

const options = { lifetimeMs: 30_000, latencyMs: 250, outageMs: 60_000, ownProvider: cameraProfile }
const redrawMs = 250

/**
 * Puts the playground into an element, in a shadow tree: the page's styles and its own do not meet. Returns the function
 * that ends it.
 */
export function mountPlayground(host: HTMLElement): () => void {
  const playground = new Playground(options)
  const controls = new Controls(playground)
  const setup = new Setup(playground, () => controls.clear())
  const life = new Life(playground)
  const requests = new Requests(playground)
  const explained = element('pre', { class: 'code', role: 'group', id: 'explained', tabindex: 0, 'aria-label': 'tokens.explain()' })
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  root.replaceChildren(
    element('style', {}, base + timeline + own),
    element(
      'div',
      { class: 'playground' },
      element('div', { class: 'side' }, setup.node, controls.node),
      element('div', { class: 'main' }, life.node, requests.node, drawExplanation(explained)),
    ),
  )

  const draw = (now: number): void => {
    controls.draw()
    life.draw(now)
    requests.draw()
    setText(explained, JSON.stringify(playground.session.status, null, 2))
  }
  const stopDrawing = drawOften(playground, draw, (now) => life.move(now))
  return () => {
    stopDrawing()
    playground.dispose()
    root.replaceChildren()
  }
}

function drawExplanation(explained: HTMLElement): HTMLElement {
  return element(
    'section',
    { class: 'panel', 'aria-labelledby': 'explained-heading' },
    element('h2', { id: 'explained-heading' }, 'tokens.explain()'),
    explained,
  )
}

/** Draws when something has happened and four times a second, and moves the picture in between, unless the reader wants less motion. */
function drawOften(playground: Playground, draw: (now: number) => void, move: (now: number) => void): () => void {
  const lessMotion = matchMedia('(prefers-reduced-motion: reduce)')
  let drawnAt = 0
  const stopListening = playground.subscribe(() => {
    drawnAt = 0
  })
  const frame = (): void => {
    const now = Date.now()
    if (now - drawnAt >= redrawMs) {
      drawnAt = now
      draw(now)
    } else if (!lessMotion.matches) move(now)
    next = requestAnimationFrame(frame)
  }
  let next = requestAnimationFrame(frame)
  return () => {
    cancelAnimationFrame(next)
    stopListening()
  }
}
