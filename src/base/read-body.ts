/**
 * A response's body as text, or `undefined` when it is longer than `maxBytes` once decoded: a few compressed bytes can
 * unpack to gigabytes. Rejects with what the platform throws.
 */
export async function readBody(response: Response, maxBytes: number): Promise<string | undefined> {
  const { body } = response
  if (!body) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let size = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > maxBytes) {
      void reader.cancel().catch(() => {})
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}
