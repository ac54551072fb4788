import type { HttpHandler, http } from 'msw'
import type { Route } from './route.ts'

/** Finds msw's `http`: only when handlers are read, so that all else works without msw. */
export type ReadHttp = () => typeof http

export function toHandler(ofMsw: typeof http, { method, url, answer }: Route): HttpHandler {
  return ofMsw[method](url, answer)
}
