export interface Panel {
  readonly title: string
  readonly unit: string
  readonly scale: 'linear' | 'log'
  /** Where bars begin. */
  readonly from: number
  readonly format: (value: number) => string
  readonly rows: readonly { readonly label: string; readonly value: number; readonly isOurs: boolean }[]
}

const columns = 2
const [panelWidth, rowHeight, headHeight, gap, margin] = [440, 22, 46, 26, 24]
const [labelWidth, valueWidth] = [150, 56]

// A background of its own: the page around the picture may be light or dark whatever the reader's system says.
const style = `
  .ground { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #3b4252 } .title { font-weight: 600; font-size: 14px; fill: #1f2430 }
  .unit { fill: #697386 } .bar { fill: #a3adbd } .ours { fill: #0b7285 } .strong { font-weight: 600; fill: #1f2430 } .axis { stroke: #c5ccd6 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #12161c } text { fill: #c3cad5 } .title { fill: #f0f3f7 } .unit { fill: #8b95a5 } .bar { fill: #566173 }
    .ours { fill: #3bc9db } .strong { fill: #f0f3f7 } .axis { stroke: #3a4350 }
  }`

/** Horizontal bars in panels, as an SVG that reads on light and dark. Pure: the same figures give the same picture. */
export function buildPlot(panels: readonly Panel[]): string {
  const panelHeight = headHeight + Math.max(...panels.map(({ rows }) => rows.length)) * rowHeight
  const lines = Math.ceil(panels.length / columns)
  const width = 2 * margin + columns * panelWidth + (columns - 1) * gap
  const height = 2 * margin + lines * panelHeight + (lines - 1) * gap
  const groups = panels.map((panel, i) => {
    const x = margin + (i % columns) * (panelWidth + gap)
    const y = margin + Math.floor(i / columns) * (panelHeight + gap)
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel)}\n</g>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>tokenwell and others, measured</title>`,
    `<style>${style}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="10"/>`,
    ...groups,
    '</svg>\n',
  ].join('\n')
}

function drawPanel({ title, unit, rows, format, ...axis }: Panel): string {
  const room = panelWidth - labelWidth - valueWidth
  const largest = Math.max(...rows.map(({ value }) => value), axis.from)
  const lengthOf = (value: number) => Math.max(2, room * share(value, largest, axis))
  const bars = rows.map(({ label, value, isOurs }, i) => {
    const y = headHeight + i * rowHeight
    const [weight, fill] = isOurs ? [' class="strong"', 'ours'] : ['', 'bar']
    const length = lengthOf(value).toFixed(1)
    return [
      `<text${weight} x="${labelWidth - 8}" y="${y + 14}" text-anchor="end">${escapeText(label)}</text>`,
      `<rect class="${fill}" x="${labelWidth}" y="${y + 3}" width="${length}" height="${rowHeight - 7}" rx="2"/>`,
      `<text${weight} x="${(labelWidth + Number(length) + 6).toFixed(1)}" y="${y + 14}">${escapeText(format(value))}</text>`,
    ].join('\n')
  })
  const bottom = headHeight + rows.length * rowHeight
  return [
    `<text class="title" x="0" y="14">${escapeText(title)}</text>`,
    `<text class="unit" x="0" y="32">${escapeText(unit)}</text>`,
    `<line class="axis" x1="${labelWidth}" x2="${labelWidth}" y1="${headHeight - 2}" y2="${bottom}"/>`,
    ...bars,
  ].join('\n')
}

/** How far along its panel a value lies, 0 to 1. */
function share(value: number, largest: number, { scale, from }: Pick<Panel, 'scale' | 'from'>): number {
  if (!(value > from) || largest <= from) return 0
  return scale === 'log' ? Math.log(value / from) / Math.log(largest / from) : (value - from) / (largest - from)
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
