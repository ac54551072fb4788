// Next.js, app router. Each method that a route lists is exported.
import { proxy } from '../../../token-proxy'

export const dynamic = 'force-dynamic'
export { proxy as GET, proxy as POST }
