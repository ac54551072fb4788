import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../../src/base/errors.ts'
import { createEmulation, type EmulationOptions } from '../../../../src/testing.ts'

describe('an amount of an emulation', () => {
  const amounts = ['lifetimeMs', 'refreshLifetimeMs', 'latencyMs', 'tokenLatencyMs'] as const

  it.each(amounts)('%s below 0, or no number → a ConfigurationError, for one system too', (option) => {
    for (const wrong of [-1, Number.NaN, '5']) {
      const message = 'must be a number, 0 or more'
      expect(() => createEmulation({ [option]: wrong } as EmulationOptions)).toThrow(new ConfigurationError(option, message))
      expect(() => createEmulation({ [option]: { cam2: wrong } } as EmulationOptions)).toThrow(
        new ConfigurationError(`${option}.cam2`, message),
      )
    }
  })

  it.each(amounts)('%s of 0, or without an end → is taken', (option) => {
    for (const right of [0, Infinity, { cam2: 0 }]) expect(() => createEmulation({ [option]: right })).not.toThrow()
  })
})
