import { ConfigurationError } from '../base/errors.ts'
import { cleanUrl } from '../base/redact.ts'
import type { Metadata } from './fetch-metadata.ts'

/** A list of strings; what is none counts as absent. */
export function readTexts(metadata: Metadata, name: string): string[] | undefined {
  const value = metadata[name]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined
}

/** @throws ConfigurationError naming a field of a metadata document */
export function checkField(name: string, isRight: boolean, message: string): asserts isRight {
  if (!isRight) throw new ConfigurationError(`metadata.${name}`, message)
}

const mostShown = 5

/** URLs of a document as they may be shown. Strings that are no URL are left out. */
export function showUrls(urls: readonly string[]): string {
  return urls.slice(0, mostShown).flatMap(showUrl).join(', ') || 'none'
}

function showUrl(url: string): string[] {
  const clean = cleanUrl(url)
  if (!clean || clean.length > 200) return []
  // The slash at the end makes another issuer, and the URL parser adds it.
  return [url === clean.slice(0, -1) ? url : clean]
}
