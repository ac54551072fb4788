import { ConfigurationError } from '../base/errors.ts'
import type { Grant, Secret } from '../vocabulary/grant.ts'
import { requireSecret, requireText } from './require-credential.ts'

export type DeviceCredentialsOptions =
  | { clientKey: Secret; deviceId: string; username?: never; password?: never }
  | { clientKey: Secret; username: string; password: Secret; deviceId?: never }

/**
 * A client key, and the device or the user that it acts for.
 * @throws ConfigurationError naming the option that is missing or too much
 */
export function deviceCredentials({ clientKey, deviceId, username, password }: DeviceCredentialsOptions): Grant {
  const clientSecret = requireSecret('clientKey', clientKey)
  const client = { grantType: 'device_credentials', clientSecret, identifiedBy: clientSecret }
  if (username === undefined && password === undefined) {
    return { ...client, parameters: { device_id: requireText('deviceId', deviceId as string) } }
  }
  if (deviceId !== undefined) throw new ConfigurationError('deviceId', 'goes without username and password')
  return {
    ...client,
    parameters: { username: requireText('username', username as string) },
    secretParameters: { password: requireSecret('password', password as Secret) },
  }
}
