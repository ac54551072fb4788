/** A movie as Dive lists it. */
export interface Movie {
  movie_id: string
  title: string
  year: number
  genres: string[]
  has_cards: boolean
}

/** A television channel as Dive lists it. */
export interface Channel {
  channel_id: string
  name: string
  country: string
  is_ready: boolean
}

type MovieRow = readonly [title: string, year: number, ...genres: string[]]

const movieRows: readonly MovieRow[] = [
  ['The Lighthouse Accountant', 2011, 'drama'],
  ['Seven Doors to Lisbon', 2014, 'thriller'],
  ['A Map of Small Rivers', 2009, 'drama', 'romance'],
  ['Gravel', 2016, 'western'],
  ['The Understory', 2018, 'mystery'],
  ['Night Shift at the Aquarium', 2012, 'comedy'],
  ['Copper Sky', 2015, 'western', 'drama'],
  ['The Last Projectionist', 2007, 'drama'],
  ['Half Past Orbit', 2019, 'science fiction'],
  ['The Cartographer’s Daughter', 2013, 'adventure'],
  ['Paper Tigers, Real Teeth', 2010, 'action'],
  ['Sunday in the Archive', 2017, 'romance'],
  ['The Quiet Frequency', 2016, 'science fiction', 'thriller'],
  ['Eleven Umbrellas', 2008, 'comedy'],
  ['The Winter Orchard', 2012, 'drama'],
  ['Ghost of the Tramline', 2014, 'horror'],
  ['Cinnamon and Rust', 2018, 'romance'],
  ['A Theory of Falling', 2015, 'drama'],
  ['The Salt Thieves', 2011, 'adventure'],
  ['Blue Hour Diner', 2013, 'noir'],
  ['Static', 2019, 'horror'],
  ['The Beekeeper’s Alibi', 2017, 'mystery', 'comedy'],
  ['Long Way to Low Tide', 2010, 'drama'],
  ['Machine of Summer', 2016, 'science fiction'],
  ['The Second Cellist', 2009, 'drama', 'music'],
  ['Ransom for a Violin', 2014, 'thriller', 'music'],
  ['North of Nothing', 2018, 'adventure'],
  ['Goodnight, Harbour', 2012, 'drama'],
]

const channelNames = [
  'Canal Faro',
  'Sierra TV',
  'Uno Más',
  'Ribera Cine',
  'La Plaza',
  'Norte Noticias',
  'Kino Azul',
  'Bahía Sports',
  'Once',
  'Teleperla',
  'Cine Clásico',
  'Documenta',
  'Pequeños',
  'Sur 24',
]

/** Invented movies. */
export function createMovies(): Movie[] {
  return movieRows.map(([title, year, ...genres], index) => ({
    movie_id: `m${1001 + index}`,
    title,
    year,
    genres,
    has_cards: index % 4 !== 3,
  }))
}

/** Invented television channels. */
export function createChannels(): Channel[] {
  return channelNames.map((name, index) => ({ channel_id: `c${11 + index}`, name, country: 'ES', is_ready: index % 5 !== 4 }))
}
