import { availableParallelism, cpus, platform, release } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the absolute figures belong to. Ratios carry over to other machines, times do not. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  return `Node.js ${process.versions.node} (V8 ${process.versions.v8}), ${model}, ${availableParallelism()} cores, ${platform()} ${release().split('-')[0]}`
}

/** The share of all processors, 0 to 1, that other programs use at this moment: sampled while nothing of ours runs. */
export async function sampleLoad(durationMs: number): Promise<number> {
  const [before, own] = [readProcessors(), process.cpuUsage()]
  await sleep(durationMs)
  const [after, { user, system }] = [readProcessors(), process.cpuUsage(own)]
  const total = after.total - before.total
  return total > 0 ? Math.max(0, (after.busy - before.busy - (user + system) / 1000) / total) : 0
}

/** Milliseconds since the machine was started, of all processors together. */
function readProcessors(): { busy: number; total: number } {
  const times = cpus().map((processor) => processor.times)
  const total = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { total, busy: total - times.reduce((sum, { idle }) => sum + idle, 0) }
}

/** What the page says of the samples that were taken before each scenario. */
export function describeLoad(samples: readonly number[]): string {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length
  const most = Math.max(...samples)
  const shares = `${formatPercent(mean)} of its processors, ${formatPercent(most)} at most (sampled before each scenario)`
  if (most <= 0.1) return `Other programs used ${shares}.`
  return `**The machine was under load**: other programs used ${shares}. Ratios hold roughly; times, and goals that were missed by little, do not.`
}

const formatPercent = (share: number) => `${(share * 100).toFixed(0)} %`
