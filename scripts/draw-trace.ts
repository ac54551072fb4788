// Draws docs/opentelemetry.svg from a trace that it records: `npm run docs:trace`. Two calls share one token request, which has to
// be sent again after an outage. Then the API's server forgets the token, and the next call is sent again with a new one.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { musement, TokenManager } from 'tokenwell'
import { startEmulator } from 'tokenwell/emulator'
import { instrument } from 'tokenwell/opentelemetry'
import { createTelemetry, followContexts } from '../test/support/telemetry.ts'

interface Bar {
  readonly name: string
  readonly note: string
  readonly kind: 'own' | 'wait' | 'request' | 'failed' | 'resend'
  readonly from: number
  readonly to: number
}

const bars = await record()
writeFileSync(join(resolve(import.meta.dirname, '..'), 'docs/opentelemetry.svg'), draw(bars))
for (const { name, note, from, to } of bars) console.log(`${Math.round(from)}–${Math.round(to)} ms  ${name}${note && `  (${note})`}`)

async function record(): Promise<Bar[]> {
  const emulator = await startEmulator({ systems: ['musement'], flavour: 'real', latencyMs: 40, tokenLatencyMs: 90 })
  const { options, spans, stop } = createTelemetry()
  const unfollow = followContexts()
  const baseUrl = emulator.baseUrls.musement
  using tokens = new TokenManager(musement({ method: 'POST', baseUrl, application: 'trace', ...emulator.credentials.musement }))
  instrument(tokens, options)
  const call = (path: string) =>
    options.tracer.startActiveSpan(`handler: ${path}`, async (span) => {
      await (await tokens.fetch(baseUrl + path)).text()
      span.end()
    })
  emulator.fail({ status: 503, count: 1 })
  await Promise.all([call('/cities?limit=2'), call('/cities?limit=3')])
  emulator.revoke('musement')
  await call('/cities?limit=4')
  unfollow()
  const finished = spans()
  await stop()
  await emulator.close()
  const at = ([seconds, nanos]: readonly [number, number]) => seconds * 1000 + nanos / 1e6
  const start = Math.min(...finished.map(({ startTime }) => at(startTime)))
  return finished
    .map(({ name, attributes, startTime, endTime }): Bar => {
      const { 'error.type': error, 'http.request.resend_count': resends } = attributes
      const note = [error && `error.type ${error}`, resends && `http.request.resend_count ${resends}`].filter(Boolean).join(', ')
      return { name, note, kind: kindOf(name, error !== undefined), from: at(startTime) - start, to: at(endTime) - start }
    })
    .toSorted((a, b) => a.from - b.from || b.to - a.to)
}

function kindOf(name: string, hasFailed: boolean): Bar['kind'] {
  if (hasFailed) return 'failed'
  if (name.startsWith('handler')) return 'own'
  return name.endsWith('token request') ? 'request' : name.endsWith('wait for token') ? 'wait' : 'resend'
}

function draw(all: readonly Bar[]): string {
  const [left, width, top, step] = [300, 620, 62, 34]
  const end = Math.max(...all.map(({ to }) => to))
  const x = (ms: number) => (left + (ms / end) * width).toFixed(1)
  const height = top + all.length * step + 44
  const rows = all.map(({ name, note, kind, from, to }, index) => {
    const y = top + index * step
    const isRoom = left + (to / end) * width + note.length * 7 < left + width
    const place = isRoom ? `x="${Number(x(to)) + 8}"` : `x="${Number(x(from)) - 8}" text-anchor="end"`
    return [
      `<text class="ink" x="24" y="${y + 17}">${name}</text>`,
      `<rect class="${kind}" x="${x(from)}" y="${y}" width="${Math.max(Number(x(to)) - Number(x(from)), 2).toFixed(1)}" height="24" rx="3"/>`,
      note && `<text class="soft" ${place} y="${y + 17}">${note}</text>`,
    ].join('')
  })
  const ticks = Array.from({ length: Math.floor(end / 200) + 1 }, (_, index) => index * 200).map(
    (ms) =>
      `<path class="thin" d="M${x(ms)} ${top - 12} V${height - 34}"/><text class="soft" x="${x(ms)}" y="${height - 16}" text-anchor="middle">${ms} ms</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 ${height}" width="960" height="${height}" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif" font-size="14">
  <title id="title">A trace of three calls</title>
  <desc id="desc">Two calls wait for one token request, whose first attempt fails and is sent again. Later a third call is refused, waits for a new token, and is sent again.</desc>
  <style>
    .card { fill: #ffffff; stroke: #d0d7de } .ink { fill: #1f2328 } .soft { fill: #59636e } .head { font-weight: 600; font-size: 17px }
    .thin { stroke: #818b98; stroke-width: 1; stroke-dasharray: 3 4; fill: none }
    .own { fill: #818b98 } .wait { fill: #d4a72c } .request { fill: #0969da } .failed { fill: #cf222e } .resend { fill: #2da44e }
    @media (prefers-color-scheme: dark) {
      .card { fill: #0d1117; stroke: #3d444d } .ink { fill: #f0f6fc } .soft { fill: #a5afb9 } .thin { stroke: #7d8590 }
      .own { fill: #7d8590 } .wait { fill: #bb8009 } .request { fill: #58a6ff } .failed { fill: #da3633 } .resend { fill: #238636 }
    }
  </style>
  <rect class="card" x=".5" y=".5" width="959" height="${height - 1}" rx="10"/>
  <text class="ink head" x="24" y="34">Three calls, two tokens</text>
  ${ticks.join('\n  ')}
  ${rows.join('\n  ')}
</svg>
`
}
