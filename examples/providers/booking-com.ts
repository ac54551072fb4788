import { clientCredentials, defineProvider, TokenManager } from 'tokenwell'

/**
 * Booking.com, connectivity partners.
 *
 * Odd: client credentials in JSON without a grant type; the token is called `jwt`, and says itself when it ends.
 * Facts: https://developers.booking.com/connectivity/docs/token-based-authentication
 */
export const bookingCom = defineProvider({
  name: 'booking-com',
  apiUrl: 'https://supply-xml.booking.com',
  tokenUrl: 'https://connectivity-authentication.booking.com/token-based-authentication/exchange',
  tokenRequest: { body: { client_id: '{client_id}', client_secret: '{client_secret}' } },
  tokenResponse: {
    accessToken: 'jwt',
    error: [{ status: 401, error: 'invalid_client', description: 'errors.0.message' }],
  },
})

export const grant = (app: { clientId: string; clientSecret: string }) => clientCredentials(app)

export async function example(): Promise<unknown> {
  const { BOOKING_CLIENT_ID = '', BOOKING_CLIENT_SECRET = '' } = process.env
  const app = { clientId: BOOKING_CLIENT_ID, clientSecret: BOOKING_CLIENT_SECRET }
  const tokens = new TokenManager({ provider: bookingCom, grant: grant(app) })
  const response = await tokens.fetch(`${bookingCom.apiUrl}/properties-api/v1/properties`)
  return response.json()
}
