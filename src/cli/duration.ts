import { UsageError } from './failure.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

/** Reads `90`, `90s`, `10m` or `1h`. @throws UsageError */
export function parseDuration(option: string, text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(text) ?? []
  if (count === undefined) throw new UsageError(`${option} must be a time such as 60s, 10m or 1h`)
  return Number(count) * (unitMs[unit] as number)
}

/** A time for people: `2 h 5 min`, `59 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return `${Math.floor(hours / 24)} days`
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}
