/**
 * The replies of the OAuth server library under Camdram (and, by its token shapes, under Musement). What they share is
 * here; what each server makes of it is in its own file.
 */

/** An error of the token endpoint (RFC 6749 §5.2). */
export function refuseTokenRequest(error: string, description: string, status = 400): Response {
  return Response.json({ error, error_description: description }, { status })
}

/** A rejection of an API call. The library says `invalid_grant` where RFC 6750 §3.1 has `invalid_token`. */
export function rejectCall(realm: string, error: string, description: string): Response {
  return Response.json(
    { error, error_description: description },
    {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${realm}", error="${error}", error_description="${description}"` },
    },
  )
}

/** The token of an `Authorization` header. The scheme is compared to the letter: `bearer` is not understood. */
export function readBearerToken(request: Request): string | undefined {
  return /^Bearer ([^ ]+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
}
