import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { runSchedule } from '../support/schedules/run-schedule.ts'
it('try', async () => {
  const n = Number(process.env['SCHEDULES'] ?? 100)
  const seed = Number(process.env['SEED'] ?? 1)
  const faults = new Map<string, number>(), excuses = new Map<string, number>()
  const kinds = new Map<string, number[]>()
  const out: string[] = []
  let slow = 0, calls = 0, requests = 0, bad = 0
  const start = process.hrtime.bigint()
  for (let i = 0; i < n; i++) {
    const r = await runSchedule(seed + i, { isTraced: !!process.env['TRACE'] })
    if (process.env['TRACE']) out.push(r.plan, ...r.trace, ...r.violations)
    for (const [k, v] of r.faults) faults.set(k, (faults.get(k) ?? 0) + v)
    for (const [k, v] of r.excuses) excuses.set(k, (excuses.get(k) ?? 0) + v)
    slow = Math.max(slow, r.slowestCallMs); calls += r.calls; requests += r.requests
    if (r.violations.length) { bad++; if (bad < 15) out.push(`${r.seed} ${r.plan}\n     ${r.violations.slice(0, 3).join('\n     ')}`) }
    for (const v of new Set(r.violations.map((v) => v.replace(/\d+/g, 'N').replace(/cN[a-z]/g, 'c')))) kinds.set(v, [...(kinds.get(v) ?? []), r.seed])
  }
  out.push(JSON.stringify({ bad, slow, calls, requests, s: Number(process.hrtime.bigint() - start) / 1e9 }), [...faults].map((f) => f.join(' ')).sort().join(', '), [...excuses].map((f) => f.join(' ')).join(', '))
  for (const [k, v] of [...kinds].sort((a, b) => b[1].length - a[1].length)) out.push(`${v.length}× ${k}: ${v.slice(0, 8).join(' ')}`)
  writeFileSync(process.env['OUT'] ?? '/tmp/out.txt', out.join('\n') + '\n')
}, 3_600_000)
