// `node --import` this: the package's own names lead to its sources, as `paths` of tsconfig.json has it, whether it is built or not.
import { registerHooks } from 'node:module'

const ownName = /^tokenwell(?:\/([\w-]+))?$/

registerHooks({
  resolve(specifier, context, nextResolve) {
    const own = ownName.exec(specifier)
    // A file directly in src/ is a subpath of the package.
    return nextResolve(own ? new URL(`../../src/${own[1] ?? 'index'}.ts`, import.meta.url).href : specifier, context)
  },
})
