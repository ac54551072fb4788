import { createProxyFetch } from 'tokenwell/proxy'
import { element } from '../dom.ts'
import { readList } from './list-panel.ts'
import { drawSky } from './sky.ts'

export interface City {
  id: number
  name: string
  latitude: number
  longitude: number
  time_zone: string
  country: { name: string }
}

const musementFetch = createProxyFetch({ baseUrl: '/api/musement' })

export const loadCities = async (): Promise<City[]> => readList(await musementFetch('/cities?limit=8'))

export function drawCity({ id, name, latitude, longitude, time_zone, country }: City): HTMLElement {
  const now = Date.now()
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: time_zone }).format(now)
  return element(
    'li',
    { class: 'item' },
    drawSky({ seed: id, latitude, longitude }, now),
    element('span', { class: 'clock' }, time),
    element('p', {}, element('b', {}, name), ' ', element('span', {}, country.name)),
  )
}
