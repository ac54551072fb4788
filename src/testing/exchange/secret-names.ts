/** What is called so is secret wherever it stands, and so is all that lies below it. Compared in lower case, letters and digits only. */
const telling =
  /token|secret|passw|passphrase|pwd|apikey|privatekey|secretkey|accesskey|credential|signature|assertion|verifier|jwt|cookie|authorization|bearer|csrf|xsrf|otp|jsessionid|refreshkey/

/** Words of a name that mark a single value: an object that is called so has secrets and plain values in it. */
const tellingWords = new Set(
  'access auth certificate cert code hash hmac key mac nonce pass passcode pem pin proof pw refresh salt session sid sig sign state ticket'.split(
    ' ',
  ),
)
/** Of these words the reply's are plain: a code there is that of an error, a state that of a job. */
const plainInReplies = new Set(['code', 'state'])
/** A name that ends so tells about a secret, and not the secret. */
const about =
  /(type|expires|expiry|expiration|expiresin|expiresinms|expiresat|expiretime|lifetime|leasetime|timetolive|ttl|validity|issuedat|iat|exp|endpoint|algorithm|alg|method|status|count|length|errorcode|statuscode)$/
const plainValue = /^(?:[\d.:+TZ -]{1,30}|[A-Za-z][a-z]{0,11}|[A-Z]{2,6}|true|false|null)$/

export type NameKind = 'plain' | 'secret' | 'secret-below'

/** Whether a field, parameter, header or cookie of this name holds a secret. */
export function kindOfName(name: string, isReply: boolean): NameKind {
  const squeezed = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  if (telling.test(squeezed)) return 'secret-below'
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  const isTelling = words.some((word) => tellingWords.has(word) && !(isReply && plainInReplies.has(word)))
  return isTelling ? 'secret' : 'plain'
}

/** Whether this value of a secret's name only says something about the secret: how long it lives, of which type it is. */
export function isAboutSecret(name: string, value: string): boolean {
  return about.test(name.toLowerCase().replace(/[^a-z]/g, '')) && plainValue.test(value)
}
