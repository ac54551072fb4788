/** A city as Musement lists it. */
export interface City {
  id: number
  name: string
  code: string
  top: boolean
  latitude: number
  longitude: number
  time_zone: string
  country: { id: number; name: string; iso_code: string }
}

type CityRow = readonly [name: string, country: string, latitude: number, longitude: number, timeZone: string]

const countryNames: Readonly<Record<string, string>> = {
  AT: 'Austria',
  CZ: 'Czech Republic',
  DE: 'Germany',
  ES: 'Spain',
  FR: 'France',
  GB: 'United Kingdom',
  GR: 'Greece',
  IT: 'Italy',
  JP: 'Japan',
  NL: 'Netherlands',
  PT: 'Portugal',
  US: 'United States',
}

const rows: readonly CityRow[] = [
  ['Amsterdam', 'NL', 52.374, 4.9, 'Europe/Amsterdam'],
  ['Athens', 'GR', 37.984, 23.728, 'Europe/Athens'],
  ['Barcelona', 'ES', 41.387, 2.17, 'Europe/Madrid'],
  ['Berlin', 'DE', 52.524, 13.411, 'Europe/Berlin'],
  ['Bologna', 'IT', 44.494, 11.343, 'Europe/Rome'],
  ['Boston', 'US', 42.358, -71.06, 'America/New_York'],
  ['Catania', 'IT', 37.502, 15.087, 'Europe/Rome'],
  ['Córdoba', 'ES', 37.892, -4.772, 'Europe/Madrid'],
  ['Dresden', 'DE', 51.051, 13.738, 'Europe/Berlin'],
  ['Edinburgh', 'GB', 55.952, -3.196, 'Europe/London'],
  ['Florence', 'IT', 43.767, 11.253, 'Europe/Rome'],
  ['Genoa', 'IT', 44.406, 8.934, 'Europe/Rome'],
  ['Granada', 'ES', 37.188, -3.607, 'Europe/Madrid'],
  ['Kyoto', 'JP', 35.021, 135.754, 'Asia/Tokyo'],
  ['Lisbon', 'PT', 38.717, -9.133, 'Europe/Lisbon'],
  ['London', 'GB', 51.509, -0.126, 'Europe/London'],
  ['Lyon', 'FR', 45.748, 4.847, 'Europe/Paris'],
  ['Madrid', 'ES', 40.417, -3.704, 'Europe/Madrid'],
  ['Milan', 'IT', 45.464, 9.19, 'Europe/Rome'],
  ['Munich', 'DE', 48.137, 11.575, 'Europe/Berlin'],
  ['Naples', 'IT', 40.852, 14.268, 'Europe/Rome'],
  ['New York', 'US', 40.714, -74.006, 'America/New_York'],
  ['Nice', 'FR', 43.703, 7.266, 'Europe/Paris'],
  ['Palermo', 'IT', 38.116, 13.361, 'Europe/Rome'],
  ['Paris', 'FR', 48.853, 2.349, 'Europe/Paris'],
  ['Pisa', 'IT', 43.709, 10.401, 'Europe/Rome'],
  ['Porto', 'PT', 41.15, -8.61, 'Europe/Lisbon'],
  ['Prague', 'CZ', 50.088, 14.421, 'Europe/Prague'],
  ['Rome', 'IT', 41.895, 12.482, 'Europe/Rome'],
  ['Rotterdam', 'NL', 51.922, 4.479, 'Europe/Amsterdam'],
  ['Salzburg', 'AT', 47.799, 13.044, 'Europe/Vienna'],
  ['San Francisco', 'US', 37.775, -122.419, 'America/Los_Angeles'],
  ['Seville', 'ES', 37.389, -5.984, 'Europe/Madrid'],
  ['Siena', 'IT', 43.318, 11.331, 'Europe/Rome'],
  ['Tokyo', 'JP', 35.69, 139.692, 'Asia/Tokyo'],
  ['Turin', 'IT', 45.07, 7.687, 'Europe/Rome'],
  ['Valencia', 'ES', 39.47, -0.377, 'Europe/Madrid'],
  ['Venice', 'IT', 45.438, 12.327, 'Europe/Rome'],
  ['Verona', 'IT', 45.438, 10.992, 'Europe/Rome'],
  ['Vienna', 'AT', 48.208, 16.373, 'Europe/Vienna'],
]

/** Real cities under invented numbers. */
export function createCities(): City[] {
  const codes = Object.keys(countryNames)
  return rows.map(([name, code, latitude, longitude, time_zone], index) => ({
    id: index + 1,
    name,
    code: name
      .toLowerCase()
      .normalize('NFD')
      .replace(/[^a-z]+/g, ''),
    top: index % 3 === 0,
    latitude,
    longitude,
    time_zone,
    country: { id: codes.indexOf(code) + 60, name: countryNames[code] ?? code, iso_code: code },
  }))
}
