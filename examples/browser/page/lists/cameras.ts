import { createProxyFetch } from 'tokenwell/proxy'
import { element, svg } from '../dom.ts'
import { readList } from './list-panel.ts'
import { drawSky } from './sky.ts'

export interface Camera {
  camera_id: number
  city: string | null
  country: string
  lat: number
  lng: number
  resolution_w: number
  resolution_h: number
}

const cam2Fetch = createProxyFetch({ baseUrl: '/api/cam2' })

export const loadCameras = async (): Promise<Camera[]> => readList(await cam2Fetch('/cameras.json'))

const countries = new Intl.DisplayNames('en', { type: 'region' })

export function drawCamera({ camera_id, city, country, lat, lng, resolution_h }: Camera): HTMLElement {
  const name = city && city !== 'None' ? city : 'No city'
  return element(
    'li',
    { class: 'item camera' },
    drawSky({ seed: camera_id, latitude: lat, longitude: lng }, Date.now()),
    // What a viewfinder shows.
    svg(
      'svg',
      { class: 'finder', viewBox: '0 0 120 64', 'aria-hidden': 'true' },
      svg('path', { d: 'M8 18V8h10M102 8h10v10M112 46v10h-10M18 56H8V46' }),
    ),
    element('span', { class: 'clock' }, `${resolution_h}p`),
    element('p', {}, element('b', {}, name), ' ', element('span', {}, countries.of(country) ?? country)),
  )
}
