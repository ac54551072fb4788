/** A column of a table; those with a lower `rank` are the last to be left out where space is short. */
export interface Column<Row> {
  readonly title: string
  readonly rank: number
  readonly alignRight?: boolean
  readonly text: (row: Row) => string
}

/** Lines of a table that fit into `width` characters, its head first. Columns are left out until they do. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const widthOf = (column: Column<Row>): number => Math.max(column.title.length, ...rows.map((row) => column.text(row).length))
  let shown = [...columns]
  const total = (): number => shown.reduce((sum, column) => sum + widthOf(column) + 2, -2)
  while (shown.length > 1 && total() > width) {
    const least = shown.reduce((a, b) => (b.rank > a.rank ? b : a))
    shown = shown.filter((column) => column !== least)
  }
  const line = (text: (column: Column<Row>) => string): string =>
    shown
      .map((column) => (column.alignRight ? text(column).padStart(widthOf(column)) : text(column).padEnd(widthOf(column))))
      .join('  ')
      .trimEnd()
      .slice(0, Math.max(1, width))
  return [line(({ title }) => title), ...rows.map((row) => line((column) => column.text(row)))]
}
