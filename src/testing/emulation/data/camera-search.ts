import { createStoredCameras, type StoredCamera } from './cameras.ts'

type Filter = (camera: StoredCamera, text: string) => boolean

/** A parameter that is no number: the real server does not catch that. */
export class NoNumberError extends Error {}

const equals =
  (field: 'city' | 'state' | 'country' | 'camera_type' | 'source'): Filter =>
  (camera, text) =>
    camera[field] === text

const compare = (field: 'lat' | 'lng' | 'resolution_w' | 'resolution_h'): [string, Filter][] => {
  const pattern = field.startsWith('resolution') ? /^\s*[+-]?\d+\s*$/ : /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i
  const read = (text: string): number => {
    if (!pattern.test(text)) throw new NoNumberError(field)
    return Number(text)
  }
  return [
    [field, (camera, text) => camera[field] === read(text)],
    [`${field}_min`, (camera, text) => camera[field] >= read(text)],
    [`${field}_max`, (camera, text) => camera[field] <= read(text)],
  ]
}

/** Words that are neither yes nor no filter nothing. */
const flag =
  (field: 'is_video' | 'outdoors' | 'traffic' | 'inactive'): Filter =>
  (camera, text) =>
    !/^(true|t|false|f)$/i.test(text) || camera[field] === /^t/i.test(text)

const filters = new Map<string, Filter>([
  ...(['city', 'state', 'country', 'camera_type', 'source'] as const).map((field): [string, Filter] => [field, equals(field)]),
  ...(['lat', 'lng', 'resolution_w', 'resolution_h'] as const).flatMap(compare),
  ['video', flag('is_video')],
  ...(['outdoors', 'traffic', 'inactive'] as const).map((field): [string, Filter] => [field, flag(field)]),
])

/**
 * The cameras that a query names, by what is stored: `state=None` finds nothing.
 * @throws NoNumberError
 */
export function findCameras(query: URLSearchParams): StoredCamera[] {
  const asked = [...query].flatMap(([name, text]) => {
    const filter = filters.get(name)
    return filter ? [(camera: StoredCamera) => filter(camera, text)] : []
  })
  return createStoredCameras().filter((camera) => asked.every((isMeant) => isMeant(camera)))
}

/** Those within a radius (in hundredths of a degree), or as many as there shall be of the nearest. */
export function findNearest(
  cameras: readonly StoredCamera[],
  { lat, lng, by, value }: { lat: number; lng: number; by: 'radius' | 'count'; value: number },
): StoredCamera[] {
  const distance = (camera: StoredCamera): number => Math.hypot(camera.lat - lat, camera.lng - lng)
  if (by === 'radius') return cameras.filter((camera) => distance(camera) * 100 <= value)
  return [...cameras].sort((one, other) => distance(one) - distance(other)).slice(0, value)
}
