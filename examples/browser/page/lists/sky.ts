import { svg } from '../dom.ts'

export interface Place {
  /** What makes its skyline its own. */
  seed: number
  longitude: number
  latitude: number
}

/** The hour of the day by the sun, 0 to 24, at a longitude. */
export function solarHour(now: number, longitude: number): number {
  const hours = now / 3_600_000 + longitude / 15
  return ((hours % 24) + 24) % 24
}

export type Daytime = 'night' | 'dawn' | 'day' | 'dusk'

export function daytimeOf(hour: number): Daytime {
  if (hour < 5 || hour >= 21) return 'night'
  if (hour < 8) return 'dawn'
  return hour < 18 ? 'day' : 'dusk'
}

const skies: Readonly<Record<Daytime, readonly [top: string, bottom: string, ground: string]>> = {
  night: ['#101a36', '#34406b', '#0a1022'],
  dawn: ['#5a6ea8', '#f0b79a', '#3a3f5c'],
  day: ['#5fa7d3', '#d6ebef', '#41637a'],
  dusk: ['#4b4a86', '#e98f6d', '#2c2745'],
}

let gradients = 0

/** A picture in place of a photograph: the sky over a place as it is now, and a skyline that is always the same. */
export function drawSky({ seed, longitude, latitude }: Place, now: number): SVGSVGElement {
  const hour = solarHour(now, longitude)
  const daytime = daytimeOf(hour)
  const [top, bottom, ground] = skies[daytime]
  const id = `sky-${++gradients}`
  return svg(
    'svg',
    { class: 'sky', viewBox: '0 0 120 64', preserveAspectRatio: 'xMidYMax slice', 'aria-hidden': 'true' },
    svg(
      'linearGradient',
      { id, x1: 0, y1: 0, x2: 0, y2: 1 },
      svg('stop', { offset: 0, 'stop-color': top }),
      svg('stop', { offset: 1, 'stop-color': bottom }),
    ),
    svg('rect', { width: 120, height: 64, fill: `url(#${id})` }),
    drawLight(hour, latitude),
    svg('path', { d: buildSkyline(seed), fill: ground }),
  )
}

/** The sun by day and the moon by night, higher in the south than in the north. */
function drawLight(hour: number, latitude: number): SVGCircleElement {
  const isNight = hour < 6 || hour >= 18
  const way = isNight ? ((hour + 6) % 24) / 12 : (hour - 6) / 12
  const height = 24 + 16 * Math.cos((latitude * Math.PI) / 180)
  return svg('circle', {
    cx: 12 + way * 96,
    cy: 54 - Math.sin(way * Math.PI) * height,
    r: isNight ? 4 : 6,
    fill: isNight ? '#f2efdc' : '#ffe9a8',
  })
}

/** Roofs of widths and heights that the seed decides. */
export function buildSkyline(seed: number): string {
  let state = (seed * 2_654_435_761) % 4_294_967_296
  const random = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
  let path = 'M0 64'
  for (let x = 0; x < 120; ) {
    const [width, top] = [6 + Math.round(random() * 12), 60 - Math.round(random() ** 2 * 26)]
    const roof = random()
    if (roof < 0.25) path += `V${top}L${x + width / 2} ${top - 7}L${x + width} ${top}`
    else path += `V${top}H${x + width}`
    x += width
  }
  return `${path}V64Z`
}
