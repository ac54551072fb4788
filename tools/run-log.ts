// What is known of a run at any time, in a file: `N passed, N failed` can be said also of a run that was ended by force.
import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'

/** One line of the log, as JSON. */
export type RunLogEntry =
  | { readonly began: string }
  | { readonly ended: string; readonly passed: number; readonly failed: number }
  | { readonly errors: number }

export interface RunLogOptions {
  /** Where to write; nowhere if there is none. */
  path?: string | undefined
  /**
   * How long a test file of a browser may take, ms. A page with an endless loop cannot be ended from here, so that the
   * whole run is. (Processes have `limitedForks`.)
   */
  browserLimitMs: number
}

export class RunLog implements Reporter {
  readonly #options: RunLogOptions
  readonly #limits = new Map<TestModule, ReturnType<typeof setTimeout>>()
  #vitest: Vitest | undefined

  constructor(options: RunLogOptions) {
    this.#options = options
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestModuleQueued(module: TestModule): void {
    this.#write({ began: nameOf(module) })
    if (!module.project.isBrowserEnabled()) return
    const { browserLimitMs } = this.#options
    this.#limits.set(
      module,
      setTimeout(() => this.#endRun(`${nameOf(module)} took longer than ${browserLimitMs / 1_000} s: the run is ended`), browserLimitMs),
    )
  }

  onTestModuleEnd(module: TestModule): void {
    clearTimeout(this.#limits.get(module))
    this.#limits.delete(module)
    const tests = [...module.children.allTests()].map((test) => test.result().state)
    const failed = tests.filter((state) => state === 'failed').length
    // A file that cannot be loaded, or whose hooks fail, has failed without a test.
    const hasFailedItself = module.state() === 'failed' && failed === 0
    this.#write({
      ended: nameOf(module),
      passed: tests.filter((state) => state === 'passed').length,
      failed: hasFailedItself ? 1 : failed,
    })
  }

  onTestRunEnd(_: readonly TestModule[], errors: readonly unknown[]): void {
    for (const limit of this.#limits.values()) clearTimeout(limit)
    this.#write({ errors: errors.length })
  }

  #endRun(why: string): void {
    console.error(why)
    process.exitCode = 1
    // What holds on to the page must not hold on to the run.
    setTimeout(() => process.exit(), 5_000).unref()
    void this.#vitest?.exit(true)
  }

  #write(entry: RunLogEntry): void {
    if (this.#options.path) appendFileSync(this.#options.path, `${JSON.stringify(entry)}\n`)
  }
}

/** As one would call it: the project, and the file in the repository. */
function nameOf(module: TestModule): string {
  return `${module.project.name}: ${relative(module.project.config.root, module.moduleId)}`
}
