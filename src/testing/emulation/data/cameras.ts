/** A camera as CAM2 lists it. */
export interface Camera {
  camera_id: number
  city: string | null
  state: string | null
  country: string
  lat: number
  lng: number
  source: string
  source_url: string
  resolution_w: number
  resolution_h: number
}

type CameraRow = readonly [city: string | null, state: string | null, country: string, lat: number, lng: number]

// The first row is the camera of the document; the others are invented around real places.
const rows: readonly CameraRow[] = [
  ['Shinjuku-ku', null, 'JP', 35.6895, 139.6917],
  ['Minato', null, 'JP', 35.6581, 139.7514],
  ['Osaka', null, 'JP', 34.6937, 135.5023],
  ['Sapporo', null, 'JP', 43.0618, 141.3545],
  ['West Lafayette', 'IN', 'US', 40.4259, -86.9081],
  ['Lafayette', 'IN', 'US', 40.4167, -86.8753],
  ['Indianapolis', 'IN', 'US', 39.7684, -86.1581],
  ['Chicago', 'IL', 'US', 41.8781, -87.6298],
  ['New York', 'NY', 'US', 40.7128, -74.006],
  ['New York', 'NY', 'US', 40.7589, -73.9851],
  ['Boulder', 'CO', 'US', 40.015, -105.2705],
  [null, 'WY', 'US', 44.4605, -110.8281],
  ['Berlin', null, 'DE', 52.52, 13.405],
  ['Hamburg', null, 'DE', 53.5511, 9.9937],
  ['München', null, 'DE', 48.1351, 11.582],
  ['Zermatt', null, 'CH', 46.0207, 7.7491],
  ['Cambridge', null, 'GB', 52.2053, 0.1218],
  ['London', null, 'GB', 51.5072, -0.1276],
  ['Reykjavík', null, 'IS', 64.1466, -21.9426],
  ['Tromsø', null, 'NO', 69.6492, 18.9553],
  ['Paris', null, 'FR', 48.8566, 2.3522],
  ['Milano', null, 'IT', 45.4642, 9.19],
  ['Venezia', null, 'IT', 45.4408, 12.3155],
  ['Sydney', 'NSW', 'AU', -33.8688, 151.2093],
  ['Cape Town', null, 'ZA', -33.9249, 18.4241],
  ['Rio de Janeiro', null, 'BR', -22.9068, -43.1729],
  [null, null, 'AQ', -77.8419, 166.6863],
]

/** Invented cameras. */
export function createCameras(): Camera[] {
  return rows.map(([city, state, country, lat, lng], index) => ({
    camera_id: 123 + index,
    city,
    state,
    country,
    lat,
    lng,
    source: index % 3 === 0 ? 'Google' : 'webcams.example',
    source_url: index === 0 ? 'www.google.com' : `https://webcams.example/${123 + index}`,
    resolution_w: index % 2 === 0 ? 1920 : 1280,
    resolution_h: index % 2 === 0 ? 1080 : 720,
  }))
}

/** A camera with all that the real server says of it. Text that is absent comes as the word `None`. */
export interface FullCamera extends Camera {
  pk: number
  city: string
  state: string
  retrieval_model: { url: string } | { ip: string; port: number }
  date_added: string
  last_updated: string
  camera_type: 'Non_IP' | 'IP'
  description: string
  is_video: boolean
  outdoors: boolean
  traffic: boolean
  inactive: boolean
}

/** A camera as the real server stores it: filters look at this. */
export type StoredCamera = Omit<FullCamera, 'city' | 'state' | 'description'> & Record<'city' | 'state' | 'description', string | null>

/** The same cameras, with all 20 fields. */
export function createStoredCameras(): StoredCamera[] {
  return createCameras().map((camera, index) => {
    const isIp = index % 4 === 3
    const address = isIp
      ? { ip: `192.0.2.${index + 1}`, port: 80 }
      : { url: `https://${camera.source_url.replace(/^https:\/\//, '')}/live.jpg` }
    return {
      pk: index + 1,
      ...camera,
      retrieval_model: address,
      date_added: '2017-06-01T12:00:00Z',
      last_updated: '2017-07-01T12:00:00Z',
      camera_type: isIp ? 'IP' : 'Non_IP',
      description: index % 2 === 0 ? null : 'A view of the street',
      is_video: isIp,
      outdoors: index % 5 !== 4,
      traffic: index % 3 === 1,
      inactive: false,
    }
  })
}

/** A camera as it is shown: the serializer turns absent text into the word. */
export function showCamera({ city, state, description, ...camera }: StoredCamera): FullCamera {
  return { ...camera, city: String(city ?? 'None'), state: String(state ?? 'None'), description: String(description ?? 'None') }
}
