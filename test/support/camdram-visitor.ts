/** A person with a browser at the pages of an emulated Camdram. */
export interface CamdramVisitor {
  /** Asks for a page as the browser does: with its cookie, and without following a redirect. */
  open(url: string | URL, init?: RequestInit): Promise<Response>
  /** Logs in where that is asked for, answers, and returns the address that the browser is sent back to. */
  answer(url: string | URL, choice?: 'Allow' | 'Deny'): Promise<URL>
}

export function createCamdramVisitor(): CamdramVisitor {
  let cookie = ''

  const open = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...(cookie ? { cookie } : {}), ...init.headers } })
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return response
  }

  return {
    open,
    async answer(url, choice = 'Allow') {
      const { origin } = new URL(url)
      let response = await open(url)
      let at = new URL(url)
      for (let pages = 0; pages < 8; pages++) {
        const location = response.headers.get('location')
        if (location) {
          at = new URL(location, at)
          if (at.origin !== origin) return at
          response = await open(at)
          continue
        }
        const page = await response.text()
        const action = /action="([^"]+)"/.exec(page)?.[1]?.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
        if (!action) throw new Error(`No form to answer: ${response.status} ${page}`)
        at = new URL(action, at)
        const fields = { Allow: { accepted: 'Allow' }, Deny: { rejected: 'Deny' } }[choice]
        response = await open(at, { method: 'POST', body: new URLSearchParams(page.includes('id="log-in"') ? {} : fields) })
      }
      throw new Error('The pages lead nowhere')
    },
  }
}
