import { freezeOwn } from '../base/plain-data.ts'
import type { Provider } from './provider.ts'

// There for whoever reads a field of a section: a default such as `{}` would have what somebody has added to Object.prototype.
const sections: Partial<Provider> = /* @__PURE__ */ freezeOwn({
  tokenRequest: {},
  renewal: { by: 'refresh_token' },
  tokenResponse: {},
  authorization: {},
})

/** A frozen copy of a profile with all of its sections. It inherits nothing; such a copy is taken as it is. */
export function freezeProfile(profile: Provider): Provider {
  const own = freezeOwn(profile, 'provider')
  return own === profile ? own : freezeOwn({ ...sections, ...own })
}
