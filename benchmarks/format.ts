const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0, useGrouping: true })

/** 12 345, with a space that does not break. */
export function formatCount(value: number): string {
  return grouped.format(value).replaceAll(',', '\u00a0')
}

/** Three significant digits at most: 1.04, 12.3, 270. */
export function formatRatio(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : formatCount(value)
}
