/** A show as Camdram lists it. */
export interface Show {
  id: number
  name: string
  slug: string
  description: string
  category: string
  society: { id: number; name: string; slug: string }
  venue: { id: number; name: string; slug: string }
}

/** A society or a venue as Camdram lists it. */
export interface Organisation {
  id: number
  name: string
  slug: string
}

const societies = ['The Lantern Players', 'Fenland Musical Theatre', 'Second Folio', 'The Night Bus Comedy Club']
const venues = ['The Round Room', 'Mill Lane Playhouse', 'The Boathouse Studio', 'St Aldate Hall']

type ShowRow = readonly [name: string, category: string, description: string]

const rows: readonly ShowRow[] = [
  ['The Clockmaker of Ely', 'drama', 'A town agrees to forget one hour of every day.'],
  ['Punting for Beginners', 'comedy', 'Three tourists, one pole, no exit.'],
  ['An Evening of Short Plays', 'drama', 'Eight plays of eight minutes.'],
  ['Salt & Marsh', 'musical', 'A musical about eels, and about leaving home.'],
  ['The Second Understudy', 'comedy', 'Everybody who knows the lines is ill.'],
  ['Letters from the Observatory', 'drama', 'Two astronomers quarrel about a star for forty years.'],
  ['Midsummer, Abridged', 'comedy', 'All of the dream in fifty-five minutes.'],
  ['Cold Frames', 'drama', 'A gardener inherits a greenhouse and its debts.'],
  ['Late Night Revue', 'comedy', 'New sketches each Tuesday.'],
  ['The Weir Keeper', 'drama', 'The river rises, the letters stop.'],
  ['Orpheus on the Last Train', 'musical', 'He must not look at the timetable.'],
  ['Twelve Angry Fellows', 'drama', 'A college committee decides about a tree.'],
  ['Paper Lanterns', 'dance', 'A piece for nine dancers and no music.'],
  ['The Borrowed Tenor', 'opera', 'One voice, two engagements, three contracts.'],
  ['Antigone in Autumn', 'drama', 'A new translation.'],
  ['How to Lose a Bicycle', 'comedy', 'A guided tour.'],
  ['The Glass Ferry', 'musical', 'Songs of a crossing.'],
  ['Kettle’s End', 'drama', 'Six people wait for water to boil.'],
  ['Improbable Histories', 'comedy', 'Improvised lectures.'],
  ['The Salt Road', 'drama', 'A merchant sells the same camel twice.'],
  ['Winter Term', 'drama', 'A first year, in letters home.'],
  ['The Bell Ringers', 'comedy', 'Eight people, seven ropes.'],
  ['Nightjar', 'dance', 'For voice and shadow.'],
  ['Much Ado in May Week', 'comedy', 'Outdoors, weather permitting.'],
]

const slugify = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

const toOrganisations = (names: readonly string[]): Organisation[] =>
  names.map((name, index) => ({ id: index + 1, name, slug: slugify(name) }))

export const createSocieties = (): Organisation[] => toOrganisations(societies)
export const createVenues = (): Organisation[] => toOrganisations(venues)

/** Invented shows. */
export function createShows(): Show[] {
  const [allSocieties, allVenues] = [createSocieties(), createVenues()]
  return rows.map(([name, category, description], index) => ({
    id: 4001 + index,
    name,
    slug: `2026-${slugify(name)}`,
    description,
    category,
    society: allSocieties[index % allSocieties.length] as Organisation,
    venue: allVenues[(index * 3) % allVenues.length] as Organisation,
  }))
}
