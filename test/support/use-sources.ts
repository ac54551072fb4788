// `node --import` this: the package's own names lead to its sources, as `paths` of tsconfig.json has it, whether it is built or not.
import { registerHooks } from 'node:module'

const sources: Readonly<Record<string, string>> = {
  tokenwell: 'index.ts',
  'tokenwell/emulator': 'testing/emulator.ts',
  'tokenwell/sign-in': 'sign-in/sign-in.ts',
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    const source = Object.hasOwn(sources, specifier) ? sources[specifier] : undefined
    return nextResolve(source ? new URL(`../../src/${source}`, import.meta.url).href : specifier, context)
  },
})
