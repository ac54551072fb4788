import { availableParallelism, cpus, platform, release } from 'node:os'

/** What the absolute figures belong to. Ratios carry over to other machines, times do not. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  return `Node.js ${process.versions.node} (V8 ${process.versions.v8}), ${model}, ${availableParallelism()} cores, ${platform()} ${release().split('-')[0]}`
}
