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
