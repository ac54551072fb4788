import { check, nonEmptyString, readFields, required } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { aClientSecret, aSecret } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Secret } from '../vocabulary/secret.ts'

export type DeviceCredentialsOptions =
  | { clientKey: Secret; deviceId: string; username?: undefined; password?: never }
  | { clientKey: Secret; username: string; password: Secret; deviceId?: undefined }

/**
 * A client key, and the device or the user that it acts for.
 * @throws ConfigurationError naming the option that is missing, wrong, unknown or too much
 */
export function deviceCredentials(options: DeviceCredentialsOptions): Grant {
  const { clientKey, deviceId, username, password } = readFields<DeviceCredentialsOptions>('options', options, {
    clientKey: required(aClientSecret),
    deviceId: nonEmptyString,
    username: nonEmptyString,
    password: aSecret,
  })
  const client = { grantType: 'device_credentials', clientSecret: clientKey, identifiedBy: clientKey }
  if (username === undefined && password === undefined) {
    check('deviceId', deviceId !== undefined, 'is missing')
    return freezeOwn<Grant>({ ...client, parameters: { device_id: deviceId } })
  }
  check('deviceId', deviceId === undefined, 'goes without username and password')
  check('username', username !== undefined, 'is missing')
  check('password', password !== undefined, 'is missing')
  return freezeOwn<Grant>({ ...client, parameters: { username }, secretParameters: { password } })
}
