import { createProxyFetch } from 'tokenwell/proxy'
import { element } from '../dom.ts'
import { readList } from './list-panel.ts'

export interface Show {
  id: number
  name: string
  category: string
  venue: { name: string }
}

const camdramFetch = createProxyFetch({ baseUrl: '/api/camdram' })

export const loadShows = async (): Promise<Show[]> => readList(await camdramFetch('/auth/account/shows.json'))

export function drawShow({ name, category, venue }: Show): HTMLElement {
  return element(
    'li',
    { class: 'row' },
    element('span', { class: 'initial', 'data-category': category, 'aria-hidden': 'true' }, name.replace(/^(The|A|An) /, '').slice(0, 1)),
    element('p', {}, element('b', {}, name), ' ', element('span', {}, `${category} · ${venue.name}`)),
  )
}
